namespace Blockwire.Wire.Tests;

/// <summary>Draws numbers from a seed; the ends of a range and the sign bit more often than their share.</summary>
internal sealed class Draw(int seed)
{
    private readonly Random _random = new(seed);

    public bool Bool() => _random.Next(2) == 0;

    public byte U8() => (byte)U32();

    public ushort U16() => (ushort)U32();

    public int U24() => (int)(U32() & 0xFF_FFFF);

    public uint U32() => _random.Next(8) switch
    {
        0 => 0,
        1 => uint.MaxValue,
        2 => 0x8000_0000,
        3 => 0x7FFF_FFFF,
        _ => (uint)_random.NextInt64(1L << 32),
    };

    public ulong U48() => U64() & 0xFFFF_FFFF_FFFF;

    public ulong U64() => ((ulong)U32() << 32) | U32();

    public Serial32 Serial() => new(U32());

    /// <summary>A tag that is not the reserved one.</summary>
    public uint Tag() => U32() is var tag && tag == Bhs.ReservedTag ? 0 : tag;

    public T One<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    public byte[] Bytes(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    public int Below(int end) => _random.Next(end);
}
