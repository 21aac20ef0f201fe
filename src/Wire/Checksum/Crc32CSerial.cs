using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Blockwire.Wire;

/// <summary>CRC32C of bytes one after the other. Takes and gives the register, which is not inverted.</summary>
internal static class Crc32CSerial
{
    internal static uint Run<TStep>(uint register, ReadOnlySpan<byte> bytes)
        where TStep : struct, ICrc32CStep
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        ulong wide = register;
        foreach (ulong word in words)
        {
            wide = TStep.Eight(wide, LittleEndian(word));
        }

        register = (uint)wide;
        foreach (byte value in bytes[(words.Length * sizeof(ulong))..])
        {
            register = TStep.One(register, value);
        }

        return register;
    }

    /// <summary>The word as the register takes it: its first byte in memory lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong LittleEndian(ulong word) =>
        BitConverter.IsLittleEndian ? word : System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(word);
}
