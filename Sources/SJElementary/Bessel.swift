/// bessel_i0e, bessel_i1e: exp(-|x|) I_n(x), for n = 0, 1.
///
/// Up to 8 the power series, all of whose terms are positive, times exp(-|x|); beyond,
/// a Chebyshev series in 1/|x| (Clenshaw 1962), coefficients computed in 50 digits.
/// Error: at most about 3 ULP in float64.
enum Bessel {
  static func i0e<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let a = x.magnitude
      return (a <= 8).select(decaying(a, i0Series), far(a, i0Far))
    }
  }

  static func i1e<B>(_ x: Term<B>) -> Term<B> {
    viaDouble(x) { x in
      let a = x.magnitude
      return (a <= 8).select(a * decaying(a, i1Series), far(a, i1Far)).withSign(of: x)
    }
  }

  /// sum c_k (a^2)^k exp(-a).
  private static func decaying<B>(_ a: Term<B>, _ series: [Double]) -> Term<B> {
    (a * a).polynomial(series) * Exponential.exp(-a)
  }

  /// Clenshaw's recurrence for sum c_k T_k(16/a - 1), over sqrt(a).
  private static func far<B>(_ a: Term<B>, _ series: [Double]) -> Term<B> {
    let t = 16 / a - 1
    let twice = t + t
    var (b1, b2) = (a.constant(0), a.constant(0))
    for c in series.dropFirst().reversed() { (b1, b2) = (twice.fma(b1, c - b2), b1) }
    return t.fma(b1, series[0] - b2) / a.squareRoot
  }

  /// 1 / (4^k k!^2).
  private static let i0Series = [
    0x1p+0, 0x1p-2, 0x1p-6, 0x1.c71c71c71c71cp-12, 0x1.c71c71c71c71cp-18, 0x1.23456789abcdfp-24,
    0x1.02e85c0898b71p-31, 0x1.522a43f65486ap-39, 0x1.522a43f65486ap-47, 0x1.0b313289be0b9p-55,
    0x1.5601885e63e5dp-64, 0x1.69ca9cf3b7f54p-73, 0x1.4197a7f5154bcp-82, 0x1.e725594ee52e9p-92,
    0x1.3e22d70ef3b5fp-101, 0x1.69f7da8510bcdp-111, 0x1.69f7da8510bcdp-121,
    0x1.40a2dc2460523p-131, 0x1.faaf2fa1c79e5p-142, 0x1.674f8e46c208cp-152,
    0x1.cbeaf38dc529fp-163, 0x1.0afb53e9cec0bp-173,
  ]

  /// 1 / (2 4^k k! (k+1)!).
  private static let i1Series = [
    0x1p-1, 0x1p-4, 0x1.5555555555555p-9, 0x1.c71c71c71c71cp-15, 0x1.6c16c16c16c17p-21,
    0x1.845c8a0ce5129p-28, 0x1.27e4fb7789f5cp-35, 0x1.522a43f65486ap-43, 0x1.2c9758daf5cdp-51,
    0x1.ab81ea75fcdf4p-60, 0x1.f17697cf1cf13p-69, 0x1.e2637bef9ff1ap-78, 0x1.8bce58901a35ep-87,
    0x1.165e7c2d153f3p-96, 0x1.53585cdcbfb1p-106, 0x1.69f7da8510bcdp-116, 0x1.54ad09e6a6575p-126,
    0x1.1d028acb00491p-136, 0x1.aaae78f4066a6p-147, 0x1.1f72d8389b3a3p-157,
    0x1.5e69de22df5cep-168, 0x1.84564b82a1184p-179,
  ]

  /// Of exp(-1/v) I_0(1/v) / sqrt(v) on [0, 1/8].
  private static let i0Far = [
    0x1.9be62aca809cbp-2, 0x1.b998ca2e59049p-9, 0x1.20fa378999e52p-14, 0x1.8412bc101c586p-19,
    0x1.b8007d9cd616ep-23, 0x1.8569280d6d56dp-26, 0x1.d2c64a9225b87p-29, 0x1.0f9ccc0f46f75p-31,
    0x1.a24feabe80047p-37, -0x1.1511d08397424p-35, -0x1.d0fd7357e7bd9p-37, -0x1.f904303178f09p-40,
    0x1.94347fa268b12p-41, 0x1.b1c8c6b83e106p-42, 0x1.156ff0d5dfc96p-46, -0x1.75d99cf6be843p-45,
    -0x1.583fe7e4571a6p-47, 0x1.12a9190b39058p-48, 0x1.fee7d9ee5d4fdp-50, -0x1.8aee7c9b217aap-52,
    -0x1.4600b621072fcp-52, 0x1.3f3d83fc0edbep-55, 0x1.9be12661341f6p-55, -0x1.645f638207a37p-58,
    -0x1.0adb93f70a898p-57, 0x1.23bdf8d438914p-60, 0x1.6144d8de47486p-60,
  ]

  /// Of exp(-1/v) I_1(1/v) / sqrt(v) on [0, 1/8].
  private static let i1Far = [
    0x1.8ea18b55b1514p-2, -0x1.3fda053fcdb4cp-7, -0x1.cfd7f804aa9a6p-14, -0x1.048df49ca0373p-18,
    -0x1.0dbfd2e9e5443p-22, -0x1.c415394bb46c1p-26, -0x1.0790b9ad53528p-28,
    -0x1.334ca5423dd80p-31, -0x1.4dcf9d4504c08p-36, 0x1.1e1a1f1587864p-35, 0x1.f101f653c4562p-37,
    0x1.1e7d3f643a07bp-39, -0x1.953e1076ab2ddp-41, -0x1.cbc458e74036dp-42, -0x1.7a9482e6b3acap-46,
    0x1.80d3c26b652a2p-45, 0x1.776e1760c3840p-47, -0x1.12db513a6a7bfp-48, -0x1.0efcd8936b5b6p-49,
    0x1.7d68e4e6141a6p-52, 0x1.55915b2f93749p-52, -0x1.28067a18e6d54p-55, -0x1.ace9e354587d2p-55,
    0x1.45aa062751ff3p-58, 0x1.1557672135642p-57, -0x1.11cc7388303b9p-60, -0x1.6fae8677787e0p-60,
  ]
}
