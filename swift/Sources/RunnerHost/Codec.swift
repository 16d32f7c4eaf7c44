import Foundation

/// A message of the wire, version 2: one JSON object a line, UTF-8, 16 MiB at most.
///
/// `runners/protocol.py` reads and writes the same lines; `tests/golden/` holds one of each.
protocol Message: Codable, Sendable {
    associatedtype CodingKeys: CodingKey & CaseIterable
}

extension Message {
    /// The value of the field `type`, which tells the messages apart: "load" of `Load`.
    static var tag: String { "\(Self.self)".lowercased() }
    static var fields: [String] { CodingKeys.allCases.map(\.stringValue) }
}

enum Codec {
    static let version = 2
    static let maxLineBytes = 16 << 20
    /// Messages by their tags, of which one is due.
    typealias Kinds = [String: any Message.Type]

    static let requests = kinds([
        Load.self, Describe.self, Transcribe.self, Listen.self, Feed.self, Finish.self,
        Shutdown.self,
    ])
    static let replies = kinds([
        Ready.self, Loaded.self, Described.self, Transcript.self, Listening.self, Partial.self,
        Failed.self, Progress.self, Bye.self,
    ])
    static let all = requests.merging(replies) { $1 }

    private static func kinds(_ kinds: [any Message.Type]) -> Kinds {
        Kinds(uniqueKeysWithValues: kinds.map { ($0.tag, $0) })
    }

    /// Return one line, its end included; throw if it is over the cap.
    static func encode(_ message: some Message) throws -> Data {
        var line = try encoder.encode(Tagged(message: message))
        guard line.count < maxLineBytes else {
            throw ProtocolError(description: "a message of \(line.count) bytes is over the cap")
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    /// Return the message in one line, its end taken off.
    static func decode(
        _ line: Data, among kinds: Kinds
    ) throws(ProtocolError) -> any Message {
        guard line.count <= maxLineBytes else {
            throw ProtocolError(description: "a line of \(line.count) bytes is over the cap")
        }
        do {
            return try decoder.decode(Untagged.self, from: line, configuration: kinds).message
        } catch {
            let shown = String(decoding: line.prefix(200), as: UTF8.self).debugDescription
            throw ProtocolError(description: "\(error): \(shown)")
        }
    }

    private static let decoder = JSONDecoder()
    private static let encoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()
}

/// A line is no message of this protocol, or longer than one may be.
public struct ProtocolError: Error, CustomStringConvertible { public let description: String }

private struct Tag: Codable { let type: String }

private struct Tagged<Kind: Message>: Encodable {
    let message: Kind

    func encode(to encoder: any Encoder) throws {
        try Tag(type: Kind.tag).encode(to: encoder)
        try message.encode(to: encoder)
    }
}

private struct Untagged: DecodableWithConfiguration {
    let message: any Message

    init(from decoder: any Decoder, configuration kinds: Codec.Kinds) throws {
        let tag = try Tag(from: decoder).type
        guard let kind = kinds[tag] else {
            throw ProtocolError(description: "there is no message `\(tag)`")
        }
        try decoder.refuseUnknown(besides: kind.fields + ["type"])
        message = try kind.init(from: decoder)
    }
}

extension Decoder {
    /// Throw for a field of this object that is none of these.
    func refuseUnknown(besides known: [String]) throws {
        let fields = try container(keyedBy: AnyKey.self)
        if let key = fields.allKeys.first(where: { !known.contains($0.stringValue) }) {
            let what = "unknown field `\(key.stringValue)`"
            throw DecodingError.dataCorruptedError(forKey: key, in: fields, debugDescription: what)
        }
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A field that is always there, as null for nil; a bare optional is left out instead.
@propertyWrapper public struct Nullable<Value: Codable & Sendable>: Codable, Sendable {
    public var wrappedValue: Value?

    public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        wrappedValue = try Value?(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }
}
