using System.Runtime.InteropServices;

namespace Blockwire.Wire;

/// <summary>
/// CRC32C of large blocks, three parts at a time: the CRC instruction takes three cycles but can start one every cycle, so three streams
/// that do not wait for each other keep it busy. The three registers are then put together by <see cref="Crc32CShift"/>.
/// </summary>
internal static class Crc32CStreams
{
    /// <summary>Bytes of each stream: large, so that putting together costs nothing; small, so that medium blocks gain too.</summary>
    internal const int LongStream = 4096, ShortStream = 256;

    private static readonly Crc32CShift LongShift = new(LongStream);
    private static readonly Crc32CShift ShortShift = new(ShortStream);

    internal static uint Run<TStep>(uint register, ReadOnlySpan<byte> bytes)
        where TStep : struct, ICrc32CStep
    {
        while (bytes.Length >= 3 * LongStream)
        {
            register = Three<TStep>(register, bytes, LongStream, LongShift);
            bytes = bytes[(3 * LongStream)..];
        }

        while (bytes.Length >= 3 * ShortStream)
        {
            register = Three<TStep>(register, bytes, ShortStream, ShortShift);
            bytes = bytes[(3 * ShortStream)..];
        }

        return Crc32CSerial.Run<TStep>(register, bytes);
    }

    private static uint Three<TStep>(uint register, ReadOnlySpan<byte> bytes, int streamLength, Crc32CShift shift)
        where TStep : struct, ICrc32CStep
    {
        ReadOnlySpan<ulong> first = MemoryMarshal.Cast<byte, ulong>(bytes[..streamLength]);
        ReadOnlySpan<ulong> second = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(streamLength, streamLength))[..first.Length];
        ReadOnlySpan<ulong> third = MemoryMarshal.Cast<byte, ulong>(bytes.Slice(2 * streamLength, streamLength))[..first.Length];
        ulong one = register;
        ulong two = 0;
        ulong three = 0;
        for (int i = 0; i < first.Length; i++)
        {
            one = TStep.Eight(one, Crc32CSerial.LittleEndian(first[i]));
            two = TStep.Eight(two, Crc32CSerial.LittleEndian(second[i]));
            three = TStep.Eight(three, Crc32CSerial.LittleEndian(third[i]));
        }

        return shift.Apply(shift.Apply((uint)one) ^ (uint)two) ^ (uint)three;
    }
}
