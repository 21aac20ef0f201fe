namespace Blockwire.Wire;

/// <summary>
/// A 32-bit number that wraps: CmdSN, StatSN, DataSN and their relatives (RFC 7143 §4.2.2), ordered by RFC 1982 serial arithmetic.
/// </summary>
/// <param name="Value">The number as the wire has it.</param>
/// <remarks>
/// RFC 1982 leaves the order of two numbers that are exactly 2^31 apart undefined. Here the one with the smaller <see cref="Value"/> is the
/// lesser, so that for every pair exactly one of less, equal and greater holds. The order is not transitive over the whole circle: never
/// sort
/// by it. To ask whether a number lies in a window use <see cref="IsWithin"/>, which has no undefined case.
/// </remarks>
public readonly record struct Serial32(uint Value)
{
    private const uint Half = 0x8000_0000;

    /// <summary>Is <paramref name="left"/> before <paramref name="right"/>?</summary>
    public static bool operator <(Serial32 left, Serial32 right) => Precedes(left.Value, right.Value);

    /// <summary>Is <paramref name="left"/> after <paramref name="right"/>?</summary>
    public static bool operator >(Serial32 left, Serial32 right) => Precedes(right.Value, left.Value);

    /// <summary>Is <paramref name="left"/> before <paramref name="right"/>, or the same?</summary>
    public static bool operator <=(Serial32 left, Serial32 right) => !Precedes(right.Value, left.Value);

    /// <summary>Is <paramref name="left"/> after <paramref name="right"/>, or the same?</summary>
    public static bool operator >=(Serial32 left, Serial32 right) => !Precedes(left.Value, right.Value);

    /// <summary>The number that many places later, wrapping.</summary>
    public static Serial32 operator +(Serial32 serial, uint count) => new(unchecked(serial.Value + count));

    /// <summary>The number that many places earlier, wrapping.</summary>
    public static Serial32 operator -(Serial32 serial, uint count) => new(unchecked(serial.Value - count));

    /// <summary>
    /// How many places <paramref name="later"/> lies after <paramref name="earlier"/>, counted forward round the circle: 0 to 2^32 - 1.
    /// </summary>
    public static uint operator -(Serial32 later, Serial32 earlier) => unchecked(later.Value - earlier.Value);

    /// <summary>The next number, wrapping.</summary>
    public static Serial32 operator ++(Serial32 serial) => serial + 1;

    /// <summary>The number before, wrapping.</summary>
    public static Serial32 operator --(Serial32 serial) => serial - 1;

    /// <summary>The wire value as a serial number.</summary>
    public static explicit operator Serial32(uint value) => new(value);

    /// <summary>The serial number as the wire has it.</summary>
    public static explicit operator uint(Serial32 serial) => serial.Value;

    /// <summary>
    /// Places from one number to another, the shorter way round: positive when <paramref name="to"/> is after <paramref name="from"/>.
    /// Numbers
    /// 2^31 apart give <see cref="int.MinValue"/> in both directions.
    /// </summary>
    public static int Distance(Serial32 from, Serial32 to) => unchecked((int)(to.Value - from.Value));

    /// <summary>
    /// Is this one of the <paramref name="count"/> numbers that begin with <paramref name="first"/>? A count of 0 holds none.
    /// </summary>
    public bool IsWithin(Serial32 first, uint count) => this - first < count;

    /// <summary>The number in decimal.</summary>
    public override string ToString() => Value.ToString();

    private static bool Precedes(uint left, uint right)
    {
        uint forward = unchecked(right - left);
        return forward == Half ? left < right : forward is > 0 and < Half;
    }
}
