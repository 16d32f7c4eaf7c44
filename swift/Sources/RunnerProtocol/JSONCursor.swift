/// Why a line is no JSON.
public struct Malformed: Error { let what: String }

// The cursor: one byte further, or a fault with its place.
extension JSONParser {
    var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    /// The next byte that is no white space.
    mutating func peek() -> UInt8? {
        while let next = byte, next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 {
            at += 1
        }
        return byte
    }

    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: wanted) else { return false }
        at += 1
        return true
    }

    @discardableResult
    mutating func step(over wanted: Unicode.Scalar) -> Bool {
        guard byte == UInt8(ascii: wanted) else { return false }
        at += 1
        return true
    }

    mutating func expect<Value>(
        _ word: StaticString, _ value: Value
    ) throws(Malformed) -> Value {
        for offset in 0..<word.utf8CodeUnitCount {
            guard byte == word.utf8Start[offset] else { throw fault("invalid character") }
            at += 1
        }
        return value
    }

    func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    mutating func skipDigits() {
        while let next = byte, isDigit(next) { at += 1 }
    }

    mutating func requireDigits() throws(Malformed) {
        guard let next = byte, isDigit(next) else { throw fault("invalid number") }
        skipDigits()
    }

    func fault(_ what: String) -> Malformed {
        Malformed(what: "JSON is malformed: \(what) (byte \(at))")
    }
}
