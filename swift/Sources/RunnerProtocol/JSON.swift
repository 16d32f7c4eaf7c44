/// A value as the wire holds it: what `msgspec` keeps apart (1 and 1.0) stays apart.
public enum JSON: Sendable {
    case scalar(Scalar)
    case array([JSON])
    case object([Member])

    /// One name and value of an object; order and spelling are kept as written.
    public typealias Member = (name: String, value: JSON)

    /// What the value is called in an error.
    var kind: String {
        switch self {
        case .scalar(let scalar): scalar.kind
        case .array: "array"
        case .object: "object"
        }
    }
}

/// A value without parts, as `Options.extra` and `resolved` hold them.
public enum Scalar: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits, as its digits: Python has no largest one.
    case wide(String)
    case number(Double)
    case string(String)

    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "bool"
        case .integer, .wide: "int"
        case .number: "float"
        case .string: "str"
        }
    }

    /// As shown to a person: text as it is, the rest as the wire writes it.
    public var shown: String {
        if case .string(let text) = self { return text }
        return String(decoding: JSON.scalar(self).encoded(), as: UTF8.self)
    }
}

extension Scalar: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
    public init(nilLiteral: ()) { self = .null }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
}

/// Named scalars in their order: `Options.extra` and `resolved`.
///
/// No `Dictionary`: it has no order, and takes é and e´, which differ in their bytes, for one name.
public struct Settings: Sendable, ExpressibleByDictionaryLiteral {
    public private(set) var members: [(name: String, value: Scalar)] = []

    public init(dictionaryLiteral elements: (String, Scalar)...) {
        for (name, value) in elements { self[name] = value }
    }

    /// The value of a name; setting nil removes it, setting it again keeps its place.
    public subscript(name: String) -> Scalar? {
        get { members.last { $0.name.utf8.elementsEqual(name.utf8) }?.value }
        set {
            let place = members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append((name, value))
            case (nil, nil): break
            }
        }
    }

    /// These settings with the other's on top.
    public func merging(_ other: Settings) -> Settings {
        var merged = self
        for (name, value) in other.members { merged[name] = value }
        return merged
    }
}
