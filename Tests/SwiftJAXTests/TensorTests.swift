import SwiftJAX
import Testing

@Suite struct TensorTests {
  @Test func arraysBecomeTensorsOfJAXsTypes() throws {
    #expect(try Tensor([1, 2, 3]).dtype == .int32)
    #expect(try Tensor([1.5, 2]).dtype == .float32)
    #expect(try Tensor([[1, 2], [3, 4], [5, 6]] as [[Float]]).shape == [3, 2])
    #expect(try Tensor([true, false]).dtype == .bool)
    #expect(try Tensor([1, 2, 3] as [UInt8], dtype: .float16).dtype == .float16)
    #expect(
      try Tensor(shape: [2, 2], scalars: [1, 2, 3, 4] as [Float]).debugDescription
        == "Array([[1., 2.],\n       [3., 4.]], dtype=float32)")
    #expect(try withX64 { try Tensor([1.5]).dtype } == .float64)
  }

  @Test func workIsDoneLater() throws {
    let x = try Tensor([Float](repeating: 1, count: 1 << 20))
    let y = try (x * x + x).sum()
    effectsBarrier()
    #expect(try y.isReady && Int(y) == 2 << 20)
    let z = try withConfiguration({ $0.asyncDispatch = false }) { try (x + x).sum() }
    #expect(try z.isReady && Int(z) == 2 << 20)
  }

  @Test func raggedArraysAreRefused() {
    #expect(message { _ = try Tensor([[1, 2], [3]]) }.contains("axis 1 there are 2 and 1 elements"))
    #expect(message { _ = try Tensor(shape: [2, 2], scalars: [1, 2, 3]) }.contains("3 scalars do not fill the shape (2, 2)"))
    #expect(message { _ = try Tensor([1 << 40]) }.contains("does not fit in int32"))
  }

  @Test func tensorsBecomeArrays() throws {
    let x = try Tensor([[1, 2], [3, 4]] as [[Float]])
    #expect(try [[Float]](x) == [[1, 2], [3, 4]])
    #expect(try x.scalars(as: Float.self) == [1, 2, 3, 4])
    #expect(try x.scalars(as: Int.self) == [1, 2, 3, 4])
    #expect(try [Double](x[0]) == [1, 2])
    #expect(try x[1, 1].item() as Float == 4)
    #expect(try Int(x.sum()) == 10)
    #expect(try Bool(x.sum() .> 9))
    #expect(try [Double](Tensor([1.5], dtype: .bfloat16)) == [1.5])
    #expect(message { _ = try [Float](x) }.contains("has 2 axes, not the 1 of Array<Float>"))
    #expect(message { _ = try Float(x) }.contains("only a tensor of one element"))
    #expect(message { _ = try Tensor([300]).scalars(as: UInt8.self) }.contains("does not fit in UInt8"))
  }

  @Test func literalsAreWeakScalars() throws {
    let literal: Tensor = 2
    #expect(literal.weakType && literal.shape == [])
    let half = try Tensor([1, 2], dtype: .float16)
    #expect(try (2 * half + 0.5).dtype == .float16)
    #expect(try (Tensor([1, 2]) * 2.5).dtype == .float32)
    #expect(try (Tensor(2.5) * half).dtype == .float16)
  }

  @Test func operatorsFollowNumPy() throws {
    let x = try Tensor([1, 2, 3] as [Float])
    let y = try Tensor([4, 5, 6] as [Float])
    #expect(try [Float](x + y) == [5, 7, 9])
    #expect(try [Float](-x - y) == [-5, -7, -9])
    #expect(try [Float](x * y / 2) == [2, 5, 9])
    #expect(try [Float](y % 4) == [0, 1, 2])
    #expect(try [Float](2 * x ** 2) == [2, 8, 18])
    #expect(try Float(x • y) == 32)
    #expect(try [Bool](x .< 2) == [true, false, false])
    #expect(try [Bool]((x .>= 2) & (y .!= 6)) == [false, true, false])
    #expect(try [Bool](~(x .== 1) | (x .<= 1)) == [true, true, true])
    #expect(try [Int](Tensor([1, 2]) << 3 ^ 1) == [9, 17])
    var z = x
    try z += 1
    try z *= y
    #expect(try [Float](z) == [8, 15, 24])
    #expect(try (Tensor([[1], [2]]) + Tensor([10, 20, 30])).shape == [2, 3])
  }

  @Test func shapesThatDoNotFitAreErrors() throws {
    let (x, y) = (try NumPy.ones([2, 3]), try NumPy.ones([4]))
    #expect(message { _ = try x + y } == "add: Incompatible shapes for broadcasting: shapes=[(2, 3), (4,)]")
    #expect(message { _ = try x • y }.contains("contracting dimensions differ: lhs float32[2,3] axis 1 is 3"))
  }

  @Test func descriptionsAreThoseOfJAX() throws {
    let x = try Tensor([1, 2.5])
    #expect("\(x)" == "[1.  2.5]")
    #expect(x.debugDescription == "Array([1. , 2.5], dtype=float32)")
    #expect(
      "\(try NumPy.dot(Tensor([[1, 2, 3, 4], [5, 6, 7, 8]] as [[Float]]), NumPy.ones([4, 4])))"
        == "[[10. 10. 10. 10.]\n [26. 26. 26. 26.]]")
  }

  @Test func methodsHaveNumPysDefaults() throws {
    let x = try Tensor([[1, 2, 3], [4, 5, 6]] as [[Float]])
    #expect(try [Float](x.sum(axis: 0)) == [5, 7, 9])
    #expect(try x.sum(axis: [0, 1], keepdims: true).shape == [1, 1])
    #expect(try Float(x.mean()) == 3.5)
    #expect(try [Int](x.argmax(axis: -1)) == [2, 2])
    #expect(try [Float](x.max(axis: 1)) == [3, 6])
    #expect(try x.T.shape == [3, 2])
    #expect(try x.reshape(3, -1).shape == [3, 2])
    #expect(try x.astype(.int32).dtype == .int32)
    #expect(try [Float](x.cumsum(axis: 1)[1]) == [4, 9, 15])
    #expect(try NumPy.concatenate([x, x], axis: 1).shape == [2, 6])
    #expect(try NumPy.arange(5).rows().map { try Int($0) } == [0, 1, 2, 3, 4])
    #expect(try [Float](NumPy.where(x .> 3, x, 0)[0]) == [0, 0, 0])
  }

  @Test func activationsHaveJAXsDefaults() throws {
    let x = try Tensor([[0, 0], [1, 1]] as [[Float]])
    #expect(try [[Float]](NN.softmax(x)) == [[0.5, 0.5], [0.5, 0.5]])
    #expect(try [Float](NN.relu(Tensor([-1, 2] as [Float]))) == [0, 2])
    #expect(try [[Int]](NN.oneHot(Tensor([1, 0]), 2).astype(.int32)) == [[0, 1], [1, 0]])
  }

  @Test func randomNumbersAreThoseOfJAX() throws {
    let key = try Random.PRNGKey(0)
    #expect(try Random.normal(key, [1]).scalars(as: Float.self) == [-0.20584226])
    #expect(try [[UInt32]](Random.split(key)) == [[4_146_024_105, 967_050_713], [2_718_843_009, 1_272_950_319]])
    #expect(try Random.key(0).dtype == .key)
    #expect(try Random.permutation(key, 10).scalars(as: Int.self).sorted() == Array(0..<10))
    #expect(
      try withConfiguration({ $0.threefryPartitionable = true }) { try Random.normal(key, [1]).item() as Float } == 1.6226422)
  }

  @Test func deletedTensorsAreErrors() throws {
    let x = try NumPy.ones([2])
    try x.delete()
    #expect(x.isDeleted)
    #expect(message { _ = try x + 1 }.contains("Array has been deleted"))
    #expect(x.description.contains("deleted"))
  }
}
