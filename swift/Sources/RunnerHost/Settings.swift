/// Scalars by name: `Options.extra` and what will run.
public typealias Settings = [String: Scalar]

/// A value without parts.
///
/// Foundation writes 1.0 as 1, so a whole number may come back as an integer: Python takes either.
public enum Scalar: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)

    /// The number, whole or not.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

extension Scalar: Codable {
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let bool = try? value.decode(Bool.self) {
            self = .bool(bool)
        } else if let integer = try? value.decode(Int.self) {
            self = .integer(integer)
        } else if let number = try? value.decode(Double.self) {
            self = .number(number)
        } else {
            self = .string(try value.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .bool(let bool): try value.encode(bool)
        case .integer(let integer): try value.encode(integer)
        case .number(let number) where number.isFinite: try value.encode(number)
        case .string(let string): try value.encode(string)
        case .null, .number: try value.encodeNil()  // JSON has no NaN and no infinity
        }
    }
}

extension Scalar: CustomStringConvertible {
    public var description: String {
        switch self {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .string(let value): value
        }
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

extension Settings {
    /// How long audio is taken apart, under names that are the same for every backend.
    ///
    /// `way` says where a chunk of so many seconds begins: "timestamps" (where the engine's last
    /// whole segment ended), "fixed" (where the chunk before ended), "overlapping" (earlier than
    /// that, the texts are merged) or "whole" (audio is not taken apart).
    public static func chunking(
        _ way: String, seconds: Double?, overlap: Double = 0, atOnce: Int = 1
    ) -> Settings {
        [
            "chunking": .string(way), "chunk_seconds": seconds.map(Scalar.number) ?? .null,
            "overlap_seconds": .number(overlap), "chunks_at_once": .integer(atOnce),
        ]
    }

    /// These settings with the other's on top.
    public func merging(_ other: Settings) -> Settings { merging(other) { $1 } }
}

extension Options {
    /// Refuse a precision: CoreML's weights are compiled, their precision is the model's.
    public func refusePrecision() throws {
        if let precision {
            throw Refusal.unsupported(
                "CoreML runs weights as compiled, not as \(precision): choose another model"
            )
        }
    }

    /// One of three words for the device; `auto`, `cpu` and `gpu` are all the wire knows.
    public func choose<Units>(auto: Units, cpu: Units, gpu: Units) throws -> Units {
        switch device {
        case "auto": return auto
        case "cpu": return cpu
        case "gpu": return gpu
        default: throw Refusal.unsupported("no device \(device); there are: auto, cpu, gpu")
        }
    }
}
