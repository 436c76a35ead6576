import SwiftJAX
import Testing

@Suite struct IndexingTests {
  let x: Tensor

  /// 0 … 11 in three rows.
  init() throws { x = try NumPy.arange(12).reshape(3, 4) }

  @Test func integersAndRanges() throws {
    #expect(try Int(x[1, 2]) == 6)
    #expect(try Int(x[-1, -1]) == 11)
    let i = 2
    #expect(try [Int](x[i]) == [8, 9, 10, 11])
    #expect(try [[Int]](x[1..<3, 0...1]) == [[4, 5], [8, 9]])
    #expect(try [Int](x[0, 1...]) == [1, 2, 3])
    #expect(try [Int](x[0, ..<2]) == [0, 1])
    #expect(try [Int](x[0, ..<(-1)]) == [0, 1, 2])
    #expect(try [Int](x[0, ...(-1)]) == [0, 1, 2, 3])
    #expect(try [Int](x[0, .slice(1, -1)]) == [1, 2])
  }

  @Test func strides() throws {
    #expect(try [Int](x[0, stride(from: 0, to: 4, by: 2)]) == [0, 2])
    #expect(try [Int](x[0, stride(from: 3, through: 0, by: -1)]) == [3, 2, 1, 0])
    #expect(try [Int](x[0, .slice(nil, nil, -2)]) == [3, 1])
    #expect(try x[0, stride(from: 2, to: 2, by: 1)].shape == [0])
  }

  @Test func ellipsisAndNewAxes() throws {
    #expect(try [Int](x[..., 0]) == [0, 4, 8])
    #expect(try x[...].shape == [3, 4])
    #expect(try [Int](x[0, ...]) == [0, 1, 2, 3])
    #expect(try x[..., .newAxis].shape == [3, 4, 1])
    #expect(try x[.newAxis, .all, 0].shape == [1, 3])
    #expect(try x[.ellipsis, 1].shape == [3])
  }

  @Test func tensorsAndMasks() throws {
    #expect(try [[Int]](x[Tensor([2, 0])]) == [[8, 9, 10, 11], [0, 1, 2, 3]])
    #expect(try [Int](x[Tensor([0, 1]), Tensor([3, 2])]) == [3, 6])
    #expect(try [Int](x[x .> 9]) == [10, 11])
    #expect(message { _ = try x[Tensor([0.5])] }.contains("Indexer must have integer or boolean type"))
    #expect(message { _ = try x[0, 0, 0] }.contains("Too many indices: 2-dimensional array indexed with 3"))
  }

  @Test func updatesAreCopies() throws {
    let zeros = try NumPy.zeros([2, 2])
    #expect(try [[Float]](zeros.at[0, 0].set(3)) == [[3, 0], [0, 0]])
    #expect(try [[Float]](zeros) == [[0, 0], [0, 0]])
    let row = try Tensor([1, 2, 3, 4] as [Float])
    #expect(try [Float](row.at[1...].add(10)) == [1, 12, 13, 14])
    #expect(try [Float](row.at[0].subtract(1)) == [0, 2, 3, 4])
    #expect(try [Float](row.at[..<2].multiply(3)) == [3, 6, 3, 4])
    #expect(try [Float](row.at[3].divide(2)) == [1, 2, 3, 2])
    #expect(try [Float](row.at[...].power(2)) == [1, 4, 9, 16])
    #expect(try [Float](row.at[Tensor([0, 3])].min(2)) == [1, 2, 3, 2])
    #expect(try [Float](row.at[0].max(9)) == [9, 2, 3, 4])
    #expect(try [Float](row.at[1].apply { try NumPy.exp($0 - 2) }) == [1, 1, 3, 4])
    #expect(try [Float](row.at[Tensor([0, 0])].add(1)) == [3, 2, 3, 4])
  }

  @Test func positionsOutOfRangeFollowTheMode() throws {
    let row = try Tensor([1, 2, 3] as [Float])
    #expect(try Float(row[10]) == 3)
    #expect(try Float(row.at[10].get()) == 3)
    #expect(try Float(row.at[10].get(mode: .fillOrDrop)).isNaN)
    #expect(try Float(row.at[10].get(mode: .fillOrDrop, fillValue: -1)) == -1)
    #expect(try [Float](row.at[10].set(9)) == [1, 2, 3])
    #expect(try [Float](row.at[10].set(9, mode: .clip)) == [1, 2, 9])
  }
}
