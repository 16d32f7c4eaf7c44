/// A backend's own settings as the user gave them: each is taken by name, and none may be left.
///
/// Throws `Refusal.unsupported` naming the setting, what it can be, and which settings there are.
public struct Extra {
    private let given: Settings
    /// What was taken so far: by name, what will be used.
    public private(set) var taken: Settings = [:]

    public init(_ given: Settings) { self.given = given }

    public mutating func take(_ name: String, absent: String) throws -> String {
        try take(name, absent, "text", { .string($0) }) {
            if case .string(let text) = $0 { text } else { nil }
        }
    }

    public mutating func take(_ name: String, absent: Bool) throws -> Bool {
        try take(name, absent, "true or false", { .bool($0) }) {
            if case .bool(let value) = $0 { value } else { nil }
        }
    }

    /// A whole number from `least` up.
    public mutating func take(_ name: String, absent: Int, least: Int = 0) throws -> Int {
        try take(name, absent, "a whole number from \(least) up", { .integer($0) }) {
            if case .integer(let value) = $0, value >= least { value } else { nil }
        }
    }

    /// A number from `least` up.
    public mutating func take(_ name: String, absent: Double, least: Double = 0) throws -> Double {
        try take(name, absent, "a number from \(least) up", { .number($0) }) {
            guard let value = $0.number, value >= least else { return nil }
            return value
        }
    }

    /// A number, or null to switch it off.
    public mutating func take(_ name: String, absent: Double?) throws -> Double? {
        try take(name, absent, "a number or null", { $0.map { .number($0) } ?? .null }) {
            if case .null = $0 { .some(nil) } else { $0.number.map { .some($0) } }
        }
    }

    /// One of a few words.
    public mutating func take<Word>(_ name: String, absent: Word, of words: Word.Type = Word.self)
        throws -> Word
    where Word: RawRepresentable<String> & CaseIterable {
        let choices = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return try take(name, absent, "one of \(choices)", { .string($0.rawValue) }) {
            if case .string(let text) = $0 { Word(rawValue: text) } else { nil }
        }
    }

    /// Refuse what nobody took.
    public func finish() throws {
        let unknown = given.keys.filter { taken[$0] == nil }.sorted()
        guard unknown.isEmpty else {
            let known = taken.keys.sorted().joined(separator: ", ")
            let there = known.isEmpty ? "there is none" : "there are: \(known)"
            throw Refusal.unsupported("no setting \(unknown.joined(separator: ", ")); \(there)")
        }
    }

    private mutating func take<Value>(
        _ name: String, _ absent: Value, _ wanted: String, _ write: (Value) -> Scalar,
        _ read: (Scalar) -> Value?
    ) throws -> Value {
        taken[name] = write(absent)
        guard let scalar = given[name] else { return absent }
        guard let value = read(scalar) else {
            throw Refusal.unsupported("\(name) cannot be \(scalar): it is \(wanted)")
        }
        taken[name] = write(value)
        return value
    }
}
