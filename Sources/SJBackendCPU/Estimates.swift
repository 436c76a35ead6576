import SJLoopIR

// What things take before anything has been measured: nanoseconds on the interpreter, on one thread, roughly.

/// A product that stays far from overflow: of times nobody will wait for.
func roughProduct(_ factors: Int...) -> Int { Int(min(factors.reduce(1) { $0 * Double($1) }, 1e15)) }

extension Kernel {
  /// The largest nest's iterations times the operations.
  var interpretationTime: Int {
    var operations = 0
    for case .unary(let op, _) in exprs where op.isElementary { operations += 4 }
    operations += exprs.count
    return 300 + Int(min(0.3 * Double(operations) * largestNest(body), 1e15))
  }

  private func largestNest(_ statements: [Statement]) -> Double {
    statements.map { statement in
      switch statement {
      case .store: 1
      case .loop(let loop): Double(loop.extent) * max(largestNest(loop.body), 1)
      // It may run for long, and an interpreted one cannot be replaced before it ends.
      case .whileLoop(let loop): 1e6 * max(largestNest(loop.body), 1)
      }
    }.max() ?? 0
  }
}

extension Kernel {
  /// Whether no estimate holds, since it repeats something until a condition fails.
  var isOpenEnded: Bool { hasWhileLoop(body) }

  private func hasWhileLoop(_ statements: [Statement]) -> Bool {
    statements.contains { statement in
      switch statement {
      case .store: false
      case .loop(let loop): hasWhileLoop(loop.body)
      case .whileLoop: true
      }
    }
  }
}

extension LibraryCall {
  var time: Int {
    switch operation {
    case .dot(let batch, let m, let n, let k, _, _, _): 200 + roughProduct(batch, m, n, k) / 20
    case .packedDot(let m, let n, let k, _): 200 + roughProduct(m, n, k) / 20
    case .pack(let n, let k, _): 200 + roughProduct(n, k)
    case .sort(let rows, let length, _, _): 200 + roughProduct(rows, length, 20)
    case .threefry2x32(let count): 200 + count * 4
    }
  }
}

extension Program {
  var interpretationTime: Int { commands.reduce(0) { min($0 + $1.interpretationTime, Int(1e15)) } }

  /// Whether a command repeats something until a condition fails, at any depth.
  var isOpenEnded: Bool {
    commands.contains { command in
      switch command {
      case .kernel(let kernel): kernel.isOpenEnded
      case .library, .host: false
      case .whileLoop: true
      case .scan(let scan): scan.body.isOpenEnded
      case .branch(let branch): branch.branches.contains(where: \.isOpenEnded)
      }
    }
  }

  /// Whether a command calls host code, at any depth.
  var callsHost: Bool {
    commands.contains { command in
      switch command {
      case .kernel, .library: false
      case .whileLoop(let loop): loop.condition.callsHost || loop.body.callsHost
      case .scan(let scan): scan.body.callsHost
      case .branch(let branch): branch.branches.contains(where: \.callsHost)
      case .host: true
      }
    }
  }
}

extension Command {
  fileprivate var interpretationTime: Int {
    switch self {
    case .kernel(let kernel): kernel.interpretationTime
    case .library(let call): call.time
    // How often is not known before it runs.
    case .whileLoop(let loop): roughProduct(loop.condition.interpretationTime + loop.body.interpretationTime, 1000)
    case .scan(let scan): roughProduct(scan.body.interpretationTime, scan.length)
    case .branch(let branch): branch.branches.map(\.interpretationTime).max() ?? 0
    case .host: 0
    }
  }
}
