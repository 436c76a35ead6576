import CSJLibrary
import SJLoopIR
import SJTypes

/// Calls the C library. Work is split over the thread pool by shapes only.
final class LibraryRunner: CommandRunner {
  private let call: LibraryCall
  private let inputs: [BufferDeclaration]
  private let outputs: [BufferDeclaration]

  init(_ call: LibraryCall, in program: Program) {
    self.call = call
    inputs = call.inputs.map { program[$0] }
    outputs = call.outputs.map { program[$0] }
  }

  override func run(_ buffers: BufferTable, workspace: UnsafeMutableRawPointer) throws {
    switch call.operation {
    case .dot(let batch, let m, let n, let k, let lhsTransposed, let rhsTransposed, let complex):
      var product = product(m, n, k, complex)
      product.batch = Int64(batch)
      product.a = UnsafeRawPointer(buffers[call.inputs[0].index])
      product.b = UnsafeRawPointer(buffers[call.inputs[1].index])
      product.c = buffers[call.outputs[0].index]
      (product.a_row, product.a_column) = lhsTransposed ? (1, Int64(m)) : (Int64(k), 1)
      (product.b_row, product.b_column) = rhsTransposed ? (1, Int64(k)) : (Int64(n), 1)
      (product.a_batch, product.b_batch, product.c_batch) = (Int64(m * k), Int64(k * n), Int64(m * n))
      try check(sj_gemm(&product, parallel(batch * m * n * max(k, 1)), nil))
    case .pack(let n, let k, let transposed):
      var product = product(0, n, k, false)
      product.b = UnsafeRawPointer(buffers[call.inputs[0].index])
      (product.b_row, product.b_column) = transposed ? (1, Int64(k)) : (Int64(n), 1)
      try check(sj_gemm_pack(&product, buffers[call.outputs[0].index], parallel(n * k), nil))
    case .packedDot(let m, let n, let k, let lhsTransposed):
      var product = product(m, n, k, false)
      product.a = UnsafeRawPointer(buffers[call.inputs[0].index])
      product.packed_b = UnsafeRawPointer(buffers[call.inputs[1].index])
      product.c = buffers[call.outputs[0].index]
      (product.a_row, product.a_column) = lhsTransposed ? (1, Int64(m)) : (Int64(k), 1)
      try check(sj_gemm(&product, parallel(m * n * k), nil))
    case .sort(let rows, let length, let keys, let complex):
      try sort(rows, length, keys, complex, buffers)
    case .threefry2x32(let count):
      threefry(count, buffers)
    }
  }

  /// One product of these sizes, its operands still to be given.
  private func product(_ m: Int, _ n: Int, _ k: Int, _ complex: Bool) -> sj_matmul {
    var product = sj_matmul()
    product.type = element(inputs[0].type, complex)
    product.out_type = element(outputs[0].type, complex)
    (product.m, product.n, product.k, product.batch) = (Int64(m), Int64(n), Int64(k), 1)
    product.c_row = Int64(n)
    return product
  }

  private func sort(_ rows: Int, _ length: Int, _ keys: Int, _ complex: [Bool], _ buffers: BufferTable) throws {
    let operands = inputs.indices.map { i in
      sj_sort_operand(
        type: element(inputs[i].type, complex[i]), input: UnsafeRawPointer(buffers[call.inputs[i].index]),
        output: buffers[call.outputs[i].index])
    }
    try check(
      sj_sort_rows(
        Int64(rows), Int64(length), Int32(operands.count), Int32(keys), operands, parallel(rows * length * 16), nil))
  }

  private func threefry(_ count: Int, _ buffers: BufferTable) {
    func words(_ id: BufferID) -> UnsafeMutablePointer<UInt32> {
      buffers[id.index].assumingMemoryBound(to: UInt32.self)
    }
    let (keys, counters) = (call.inputs[..<2].map(words), call.inputs[2...].map(words))
    let results = call.outputs.map(words)
    if inputs[0].shape.elementCount == 1 {
      sj_threefry2x32(keys[0][0], keys[1][0], Int64(count), counters[0], counters[1], results[0], results[1])
    } else {
      sj_threefry2x32_keys(Int64(count), keys[0], keys[1], counters[0], counters[1], results[0], results[1])
    }
  }

  private func parallel(_ operations: Int) -> sj_parallel_for? {
    operations < Parallelism.threshold ? nil : sj_pool_parallel_for
  }

  private func element(_ type: ScalarType, _ complex: Bool) -> Int32 {
    if !complex { return Int32(type.rawValue) }
    return Int32((type == .f64 ? SJ_ELEMENT_C128 : SJ_ELEMENT_C64).rawValue)
  }

  private func check(_ status: Int32) throws {
    if status == Int32(SJ_OUT_OF_MEMORY.rawValue) {
      throw SJError(.outOfMemory, "out of memory in \(call.operation)")
    }
    if status != Int32(SJ_OK.rawValue) {
      let types = inputs.map { "\($0.type)" }.joined(separator: ", ")
      throw SJError(.unsupported, "\(call.operation) has no implementation for \(types)")
    }
  }
}
