extension Bool: WireValue {
    public init(json: JSON) throws(Malformed) {
        guard case .scalar(.bool(let value)) = json else { throw Malformed("bool", got: json) }
        self = value
    }

    public var json: JSON { .scalar(.bool(self)) }
}

extension Int: WireValue {
    public init(json: JSON) throws(Malformed) {
        switch json {
        case .scalar(.integer(let value)): self = value
        case .scalar(.wide): throw Malformed(what: "an integer is beyond 64 bits")
        default: throw Malformed("int", got: json)
        }
    }

    public var json: JSON { .scalar(.integer(self)) }
}

extension Double: WireValue {
    public init(json: JSON) throws(Malformed) {
        switch json {
        case .scalar(.number(let value)): self = value
        case .scalar(.integer(let value)): self = Double(value)
        case .scalar(.wide(let digits)):
            guard let value = Double(digits), value.isFinite else {
                throw Malformed(what: "Number out of range")
            }
            self = value
        default: throw Malformed("float", got: json)
        }
    }

    public var json: JSON { .scalar(.number(self)) }
}

extension String: WireValue {
    public init(json: JSON) throws(Malformed) {
        guard case .scalar(.string(let value)) = json else { throw Malformed("str", got: json) }
        self = value
    }

    public var json: JSON { .scalar(.string(self)) }
}

extension Optional: WireValue where Wrapped: WireValue {
    public init(json: JSON) throws(Malformed) {
        if case .scalar(.null) = json { self = nil } else { self = try Wrapped(json: json) }
    }

    public var json: JSON { self?.json ?? .scalar(.null) }
}

extension Array: WireValue where Element: WireValue {
    public init(json: JSON) throws(Malformed) {
        guard case .array(let items) = json else { throw Malformed("array", got: json) }
        self = []
        reserveCapacity(items.count)
        for item in items { append(try Element(json: item)) }
    }

    public var json: JSON { .array(map(\.json)) }
}

extension Settings: WireValue {
    public init(json: JSON) throws(Malformed) {
        guard case .object(let members) = json else { throw Malformed("object", got: json) }
        self = [:]
        for (name, value) in members {
            guard case .scalar(let scalar) = value else {
                throw Malformed("str | int | float | bool | null", got: value)
            }
            self[name] = scalar
        }
    }

    public var json: JSON { .object(members.map { ($0.name, .scalar($0.value)) }) }
}

/// A word out of a fixed few: an enum of strings.
public protocol WireWord: WireValue, RawRepresentable, CaseIterable where RawValue == String {}

extension WireWord {
    public init(json: JSON) throws(Malformed) {
        let word = try String(json: json)
        guard let value = Self(rawValue: word) else {
            throw Malformed(what: "Invalid enum value '\(word)'")
        }
        self = value
    }

    public var json: JSON { .scalar(.string(rawValue)) }
}
