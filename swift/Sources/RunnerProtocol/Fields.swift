/// What has a place on the wire; `init(json:)` refuses what is of another type.
public protocol WireValue: Sendable {
    init(json: JSON) throws(Malformed)
    var json: JSON { get }
}

/// The fields of one object: each is taken by name, and none may be left over.
public struct Fields {
    private var members: [JSON.Member]

    init(_ json: JSON) throws(Malformed) {
        guard case .object(let members) = json else { throw Malformed("object", got: json) }
        self.members = members
    }

    /// Take a field that must be there.
    public mutating func take<Value: WireValue>(_ name: String) throws(Malformed) -> Value {
        guard let json = remove(name) else {
            throw Malformed(what: "Object missing required field `\(name)`")
        }
        do { return try Value(json: json) } catch {
            throw Malformed(what: "\(error.what) in `\(name)`")
        }
    }

    /// Take a field that may be absent.
    public mutating func take<Value: WireValue>(
        _ name: String, absent: Value
    ) throws(Malformed) -> Value {
        members.contains { $0.name == name } ? try take(name) : absent
    }

    /// Raise over what nobody took.
    public func finish() throws(Malformed) {
        if let left = members.first {
            throw Malformed(what: "Object contains unknown field `\(left.name)`")
        }
    }

    /// Of a name given twice the last value counts, as in Python.
    private mutating func remove(_ name: String) -> JSON? {
        guard let last = members.last(where: { $0.name == name }) else { return nil }
        members.removeAll { $0.name == name }
        return last.value
    }
}

/// An object of named fields; `fields` gives them in the wire's order.
public protocol Message: WireValue {
    init(_ fields: inout Fields) throws(Malformed)
    var fields: [JSON.Member] { get }
}

extension Message {
    public init(json: JSON) throws(Malformed) {
        var fields = try Fields(json)
        try self.init(&fields)
        try fields.finish()
    }

    public var json: JSON { .object(fields) }
}

extension Malformed {
    init(_ wanted: String, got json: JSON) { what = "Expected `\(wanted)`, got `\(json.kind)`" }
}
