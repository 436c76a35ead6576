/// Places blocks that live for intervals of time so that blocks alive together do not overlap: first fit.
public struct IntervalAllocator {
  private struct Block {
    var offset: Int
    var end: Int
    var lastUse: Int
  }

  private let alignment: Int
  /// Live blocks by offset.
  private var live: [Block] = []
  public private(set) var byteCount = 0

  public init(alignment: Int) { self.alignment = alignment }

  /// The offset of a new block. Calls come in order of `interval.lowerBound`.
  public mutating func allocate(_ bytes: Int, during interval: ClosedRange<Int>) -> Int {
    live.removeAll { $0.lastUse < interval.lowerBound }
    let size = max(bytes + alignment - 1, alignment) / alignment * alignment
    var offset = 0
    var position = 0
    while position < live.count, live[position].offset < offset + size {
      offset = max(offset, live[position].end)
      position += 1
    }
    live.insert(Block(offset: offset, end: offset + size, lastUse: interval.upperBound), at: position)
    byteCount = max(byteCount, offset + size)
    return offset
  }
}
