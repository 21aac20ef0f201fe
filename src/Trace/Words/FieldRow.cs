using System.Buffers.Binary;

namespace Blockwire.Trace.Words;

/// <summary>Says whether a field means something in this BHS.</summary>
internal delegate bool FieldCondition(ReadOnlySpan<byte> bhs);

/// <summary>How a field is written.</summary>
internal enum FieldForm
{
    /// <summary>A decimal number.</summary>
    Number,

    /// <summary>A hexadecimal number with 0x.</summary>
    Hex,

    /// <summary>One bit.</summary>
    Flag,

    /// <summary>A LUN in its eight bytes.</summary>
    Lun,

    /// <summary>A tag: 0xffffffff stands for none.</summary>
    Tag,
}

/// <summary>A field of a BHS.</summary>
/// <param name="Name">As the RFC has it.</param>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes that it touches, up to 8.</param>
/// <param name="Mask">Its bits in these bytes, taken as one big-endian number.</param>
/// <param name="Form">How it is written.</param>
internal sealed record FieldRow(string Name, int Offset, int Length, ulong Mask, FieldForm Form)
{
    /// <summary>What a value means, or null when it means nothing more than its number.</summary>
    public Func<ulong, string?>? Words { get; init; }

    /// <summary>When the field means something; always when null. Else it is reserved and must be 0, or for a tag the reserved one.</summary>
    public FieldCondition? When { get; init; }

    /// <summary>Where the condition is laid down.</summary>
    public string Rule { get; init; } = "7143/11";

    /// <summary>The bit that the RFC draws as 1.</summary>
    public bool IsFixedOne { get; init; }

    /// <summary>It belongs to RFC 7144: reserved in its predecessors, but to be ignored there.</summary>
    public bool IsNewer { get; init; }

    public bool IsPresent(ReadOnlySpan<byte> bhs) => When is null || When(bhs);

    public ulong Read(ReadOnlySpan<byte> bhs)
    {
        ulong bytes = 0;
        for (int i = 0; i < Length; i++)
        {
            bytes = (bytes << 8) | bhs[Offset + i];
        }

        return (bytes & Mask) >> System.Numerics.BitOperations.TrailingZeroCount(Mask);
    }

    /// <summary>May the field hold this where it is reserved?</summary>
    public bool IsReservedValue(ulong value) => value == 0 || (Form == FieldForm.Tag && value == uint.MaxValue);

    /// <summary>The number as it is written.</summary>
    public string Format(ulong value) => Form switch
    {
        FieldForm.Flag or FieldForm.Number => value.ToString(),
        FieldForm.Lun => $"0x{value:x16}",
        FieldForm.Tag => $"0x{value:x8}",
        _ => $"0x{value.ToString($"x{((64 - System.Numerics.BitOperations.LeadingZeroCount(Mask >> System.Numerics.BitOperations.TrailingZeroCount(Mask))) + 3) / 4}")}",
    };

    /// <summary>Clears the field's bits in a map of all bits.</summary>
    public void Cover(Span<byte> bits)
    {
        Span<byte> mask = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(mask, Mask);
        for (int i = 0; i < Length; i++)
        {
            bits[Offset + i] &= (byte)~mask[8 - Length + i];
        }
    }
}
