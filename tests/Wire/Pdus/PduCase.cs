using Blockwire.Testing;

namespace Blockwire.Wire.Tests;

/// <summary>One PDU written down by hand: its bytes, what they mean, and which of its bits are reserved.</summary>
internal abstract class PduCase(string name, string golden, string reserved)
{
    public string Name => name;

    /// <summary>The 48 bytes of the BHS.</summary>
    public byte[] Golden { get; } = Hex.Bytes(golden);

    /// <summary>A 1 for every bit that a receiver has to ignore.</summary>
    public byte[] Reserved { get; } = Hex.Bytes(reserved);

    /// <summary>Is this bit of the BHS neither reserved nor stamped apart from the meaning (opcode, lengths, sequence numbers)?</summary>
    public bool HasMeaning(int at, int bit)
    {
        bool fromTarget = (Golden[0] & 0x20) != 0;
        int numbersEnd = fromTarget ? 36 : 32;
        bool stamped = at == 0 ? bit < 6 : at is >= 4 and < 8 || (at >= 24 && at < numbersEnd);
        return !stamped && !IsReserved(at, bit);
    }

    public bool IsReserved(int at, int bit) => (Reserved[at] & (1 << bit)) != 0;

    /// <summary>What the golden bytes mean.</summary>
    public abstract object Meaning { get; }

    public abstract PduCheck Parse(ReadOnlySpan<byte> bhs, out object value);

    public abstract void Emit(object value, Span<byte> bhs);

    /// <summary>A legal value at random.</summary>
    public abstract object Draw(Draw draw);

    /// <summary>Bytes allocated by many rounds of Parse and Emit.</summary>
    public abstract long AllocatedByRounds();

    public override string ToString() => Name;
}

internal delegate PduCheck Parser<T>(ReadOnlySpan<byte> bhs, out T value);

internal delegate void Emitter<T>(in T value, Span<byte> bhs);

internal sealed class PduCase<T>(
    string name, T meaning, string golden, string reserved, Parser<T> parse, Emitter<T> emit, Func<Draw, T> draw)
    : PduCase(name, golden, reserved)
    where T : struct
{
    public override object Meaning => meaning;

    public override PduCheck Parse(ReadOnlySpan<byte> bhs, out object value)
    {
        PduCheck check = parse(bhs, out T typed);
        value = typed;
        return check;
    }

    public override void Emit(object value, Span<byte> bhs) => emit((T)value, bhs);

    public override object Draw(Draw draw1) => draw(draw1);

    public override long AllocatedByRounds()
    {
        byte[] bhs = [.. Golden];
        return Allocations.Of(() => Round(bhs));
    }

    private void Round(Span<byte> bhs)
    {
        parse(bhs, out T value);
        emit(value, bhs);
    }
}
