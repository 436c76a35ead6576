@_exported import CSJSupport
@_exported import CSwiftJAX
@_exported import SJControl
@_exported import SJCore
@_exported import SJLax
@_exported import SJTransforms
@_exported import SJTypes
@_exported import SwiftJAX
