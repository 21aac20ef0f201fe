using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Blockwire.Wire;

/// <summary>One way to move the register on. A type argument, so that the loops are compiled for each without calls.</summary>
internal interface ICrc32CStep
{
    /// <summary>Moves the register on by eight bytes; the first of them is the lowest.</summary>
    static abstract ulong Eight(ulong register, ulong bytes);

    /// <summary>Moves the register on by one byte.</summary>
    static abstract uint One(uint register, byte value);
}

/// <summary>The CRC32 instruction of SSE4.2.</summary>
internal readonly struct SseStep : ICrc32CStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Eight(ulong register, ulong bytes) => Sse42.X64.Crc32(register, bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint One(uint register, byte value) => Sse42.Crc32(register, value);
}

/// <summary>The CRC32C instructions of Armv8.</summary>
internal readonly struct ArmStep : ICrc32CStep
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Eight(ulong register, ulong bytes) => Crc32.Arm64.ComputeCrc32C((uint)register, bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint One(uint register, byte value) => Crc32.ComputeCrc32C(register, value);
}

/// <summary>Eight table lookups for eight bytes ("slicing by 8"), for processors without the instruction.</summary>
internal readonly struct SoftwareStep : ICrc32CStep
{
    /// <summary>Eight tables of 256: the table k tells what a byte becomes after k more zero bytes.</summary>
    private static readonly uint[] Tables = BuildTables();

    public static ulong Eight(ulong register, ulong bytes)
    {
        // A byte cannot leave its table of 256, so the eight bounds checks would only cost.
        ref uint tables = ref MemoryMarshal.GetArrayDataReference(Tables);
        ulong mixed = register ^ bytes;
        return At(ref tables, 7, (byte)mixed) ^ At(ref tables, 6, (byte)(mixed >> 8))
            ^ At(ref tables, 5, (byte)(mixed >> 16)) ^ At(ref tables, 4, (byte)(mixed >> 24))
            ^ At(ref tables, 3, (byte)(mixed >> 32)) ^ At(ref tables, 2, (byte)(mixed >> 40))
            ^ At(ref tables, 1, (byte)(mixed >> 48)) ^ At(ref tables, 0, (byte)(mixed >> 56));
    }

    public static uint One(uint register, byte value) => Tables[(byte)(register ^ value)] ^ (register >> 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint At(ref uint tables, int slice, byte value) => Unsafe.Add(ref tables, (slice * 256) + value);

    private static uint[] BuildTables()
    {
        uint[] tables = new uint[8 * 256];
        for (int value = 0; value < 256; value++)
        {
            uint register = (uint)value;
            for (int slice = 0; slice < 8; slice++)
            {
                for (int bit = 0; bit < 8; bit++)
                {
                    register = Crc32CPolynomial.TimesX(register);
                }

                tables[(slice * 256) + value] = register;
            }
        }

        return tables;
    }
}
