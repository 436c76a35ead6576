import SJLax

/// Harnesses of what goes over an operand with a window.
extension Harnesses {
  static let windows: [Harness] = joined(
    [WindowReduction.add, .mul, .max, .min].flatMap { reduction in
      each([.float64, .float16, .int32]) { dtype in
        Harness(
          name: "reduce_window \(reduction) \(dtype)", arguments: [Argument(dtype, [4, 5]), Argument(dtype, [])],
          isDifferentiable: reduction == .add
        ) {
          [
            try Lax.reduceWindow(
              $0[0], $0[1], reduction, window: [2, 3], strides: [1, 2], padding: .explicit([(1, 0), (0, 2)]),
              baseDilation: [1, 2], windowDilation: [2, 1])
          ]
        }
      }
    },
    [(1, 1), (2, 1), (1, 2)].flatMap { featureGroups, batchGroups in
      each([.float64, .bfloat16, .complex64]) { dtype in
        Harness(
          name: "conv_general_dilated \(dtype) groups \(featureGroups) \(batchGroups)",
          arguments: [
            Argument(dtype, [2, 4, 5, 4]), Argument(dtype, [2, 4 / featureGroups, 2, 3]),
          ]
        ) {
          [
            try Lax.convGeneralDilated(
              $0[0], $0[1], strides: [2, 1], padding: .explicit([(0, 1), (1, 1)]), lhsDilation: [1, 2],
              rhsDilation: [2, 1], dimensions: ConvDimensionNumbers(lhs: nil, rhs: nil, output: nil, rank: 4),
              featureGroups: featureGroups, batchGroups: batchGroups)
          ]
        }
      }
    })
}
