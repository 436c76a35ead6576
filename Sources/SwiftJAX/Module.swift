// SwiftJAX
