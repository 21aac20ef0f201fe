using System.Buffers.Binary;

namespace Blockwire.Wire;

/// <summary>Big-endian fields at byte offsets; every number of the BHS is one of these (RFC 7143 §2.3, network order).</summary>
internal static class Field
{
    internal static ushort U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);

    internal static int U24(ReadOnlySpan<byte> bytes, int at) => (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];

    internal static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    internal static Serial32 Serial(ReadOnlySpan<byte> bytes, int at) => new(U32(bytes, at));

    internal static ulong U48(ReadOnlySpan<byte> bytes, int at) => ((ulong)U16(bytes, at) << 32) | U32(bytes, at + 2);

    internal static ulong U64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64BigEndian(bytes[at..]);

    internal static void Put16(Span<byte> bytes, int at, ushort value) => BinaryPrimitives.WriteUInt16BigEndian(bytes[at..], value);

    internal static void Put24(Span<byte> bytes, int at, int value)
    {
        bytes[at] = (byte)(value >> 16);
        bytes[at + 1] = (byte)(value >> 8);
        bytes[at + 2] = (byte)value;
    }

    internal static void Put32(Span<byte> bytes, int at, uint value) => BinaryPrimitives.WriteUInt32BigEndian(bytes[at..], value);

    internal static void Put32(Span<byte> bytes, int at, Serial32 value) => Put32(bytes, at, value.Value);

    internal static void Put48(Span<byte> bytes, int at, ulong value)
    {
        Put16(bytes, at, (ushort)(value >> 32));
        Put32(bytes, at + 2, (uint)value);
    }

    internal static void Put64(Span<byte> bytes, int at, ulong value) => BinaryPrimitives.WriteUInt64BigEndian(bytes[at..], value);
}
