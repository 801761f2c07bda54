# SPDX-License-Identifier: Apache-2.0
# What a Ruby program does with its cache, by way of dalli: ruby dalli.rb HOST:PORT
require 'dalli'

def check(what, expected, got)
  abort "#{what}: expected #{expected.inspect}, got #{got.inspect}" unless expected == got
end

client = Dalli::Client.new(ARGV.fetch(0), serializer: Marshal, socket_timeout: 10)
client.flush
check 'a miss', nil, client.get('foo')
check 'set', true, client.set('foo', 'bar') ? true : false
check 'get', 'bar', client.get('foo')
check 'add', false, client.add('foo', 'baz') ? true : false
check 'replace', true, client.replace('foo', { 'a' => [1, 2.5, nil] }) ? true : false
check 'a structure', { 'a' => [1, 2.5, nil] }, client.get('foo')
check 'delete', true, client.delete('foo')
check 'incr', 10, client.incr('counter', 1, nil, 10)
check 'incr again', 15, client.incr('counter', 5)
check 'decr', 0, client.decr('counter', 100)
check 'touch', true, client.touch('counter', 100) ? true : false

client.set('raw', 'b', 0, raw: true)
client.append('raw', 'c')
client.prepend('raw', 'a')
check 'append and prepend', 'abc', client.get('raw', raw: true)

large = 'x' * 500_000
client.set('large', large, 0, raw: true)
check 'a large value', large.size, client.get('large', raw: true).size

(0...200).each { |i| client.set("multi#{i}", i) }
many = client.get_multi((0...250).map { |i| "multi#{i}" })
check 'get_multi', 200, many.size
check 'get_multi values', (0...200).sum, many.values.sum

client.cas('multi0') { |value| value + 1000 }
check 'cas', 1000, client.get('multi0')
client.multi { (0...100).each { |i| client.set("quiet#{i}", i.to_s) } }
check 'quiet sets', '99', client.get('quiet99')

check 'stats', true, client.stats.values.first.key?('curr_items')
check 'version', true, client.version.values.none?(&:nil?)
client.close
puts 'dalli is content'
