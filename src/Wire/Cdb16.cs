using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Blockwire.Wire;

/// <summary>
/// The 16 bytes of the CDB field (RFC 7143 §11.3.5), held by value. A shorter CDB is followed by zeros; a longer one goes on in an
/// extended-CDB AHS (§11.2.2.3).
/// </summary>
[InlineArray(Length)]
public struct Cdb16 : IEquatable<Cdb16>
{
    /// <summary>Length of the field, in bytes.</summary>
    public const int Length = 16;

    private byte _first;

    /// <summary>The 16 bytes. The span lives as long as the variable that holds the struct.</summary>
    [UnscopedRef]
    public readonly ReadOnlySpan<byte> AsSpan => MemoryMarshal.CreateReadOnlySpan(in _first, Length);

    /// <summary>Takes the first 16 bytes of a CDB; a shorter one is filled up with zeros.</summary>
    public static Cdb16 From(ReadOnlySpan<byte> cdb)
    {
        Cdb16 field = default;
        Span<byte> bytes = field;
        cdb[..Math.Min(cdb.Length, Length)].CopyTo(bytes);
        return field;
    }

    /// <summary>Are all 16 bytes the same?</summary>
    public static bool operator ==(Cdb16 left, Cdb16 right) => left.Equals(right);

    /// <summary>Does any byte differ?</summary>
    public static bool operator !=(Cdb16 left, Cdb16 right) => !left.Equals(right);

    /// <inheritdoc/>
    public readonly bool Equals(Cdb16 other) => AsSpan.SequenceEqual(other.AsSpan);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is Cdb16 other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(AsSpan);
        return hash.ToHashCode();
    }

    /// <summary>The bytes in hexadecimal.</summary>
    public override readonly string ToString() => Convert.ToHexString(AsSpan);
}
