// The same contract for Apache Thrift. bench.js is what its compiler writes from this for Node, in its form and by hand:
// `thrift --gen js:node` of Debian's 0.17 leans on `thrift.Q`, which the library has no more.
struct Item { 1: i32 id, 2: string name, 3: list<string> tags, 4: double price, 5: i64 createdAt }
struct Page { 1: Item item, 2: list<Item> items }
struct Payload { 1: binary bytes }
service BenchService {
  Item small(1: Item item)
  Page medium(1: Item item)
  Payload echo(1: Payload payload)
}
