using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Blockwire.Scsi;

/// <summary>A command descriptor block of up to 16 bytes, held by value with its length (SPC-4 §4.2). Longer ones are made by hand.</summary>
public readonly struct Cdb : IEquatable<Cdb>
{
    /// <summary>Most bytes that it holds.</summary>
    public const int MaxLength = 16;

    private readonly Field _bytes;
    private readonly byte _length;

    /// <summary>A copy of the bytes.</summary>
    /// <exception cref="ArgumentException">None, or more than <see cref="MaxLength"/>.</exception>
    public Cdb(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxLength)
        {
            throw new ArgumentException("a CDB here has 1 to 16 bytes", nameof(bytes));
        }

        Span<byte> field = _bytes;
        bytes.CopyTo(field);
        _length = (byte)bytes.Length;
    }

    /// <summary>Length in bytes.</summary>
    public int Length => _length;

    /// <summary>OPERATION CODE.</summary>
    public byte OperationCode => _bytes[0];

    /// <summary>The bytes. The span lives as long as the variable that holds the struct.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan => ((ReadOnlySpan<byte>)_bytes)[.._length];

    /// <summary>Are all bytes the same?</summary>
    public static bool operator ==(in Cdb left, in Cdb right) => left.Equals(right);

    /// <summary>Does any byte differ?</summary>
    public static bool operator !=(in Cdb left, in Cdb right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Cdb other) => AsSpan.SequenceEqual(other.AsSpan);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Cdb other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(AsSpan);
        return hash.ToHashCode();
    }

    /// <summary>The bytes in hexadecimal.</summary>
    public override string ToString() => Convert.ToHexString(AsSpan);

    [InlineArray(MaxLength)]
    private struct Field
    {
        private byte _first;
    }
}
