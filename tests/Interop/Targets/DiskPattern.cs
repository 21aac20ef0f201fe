using System.Runtime.InteropServices;

namespace Blockwire.Interop.Tests.Targets;

/// <summary>
/// What blocks hold: every 8 bytes say, mixed, which block, which place in it and which write they belong to. A block that is old, elsewhere, torn or spoilt shows.
/// </summary>
internal static class DiskPattern
{
    public const int BlockBytes = 512;

    public static void Fill(Span<byte> blocks, ulong lba, uint version)
    {
        Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(blocks);
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = Word(lba + ((ulong)i >> 6), (uint)i & 63, version);
        }
    }

    /// <summary>Null when a block holds what a write put there (0: none did), else what is wrong with it.</summary>
    public static string? Check(ReadOnlySpan<byte> block, ulong lba, uint version)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(block);
        for (uint i = 0; i < words.Length; i++)
        {
            if (words[(int)i] != Word(lba, i, version))
            {
                return $"block {lba} is to hold write {version} and differs from byte {i * 8} on, where it is {Origin(words[(int)i], lba, i, version)}";
            }
        }

        return null;
    }

    private static string Origin(ulong word, ulong lba, uint place, uint version)
    {
        for (uint other = 0; other < version + 1000; other++)
        {
            if (word == Word(lba, place, other))
            {
                return $"of write {other}";
            }
        }

        return $"{word:X16}, of no write to this place";
    }

    // The finalizer of SplitMix64, a bijection: two words are equal only if all of their places and versions are.
    private static ulong Word(ulong lba, uint place, uint version)
    {
        if (version == 0)
        {
            return 0; // a new disk
        }

        ulong word = (lba << 38) ^ ((ulong)place << 32) ^ version;
        word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9;
        word = (word ^ (word >> 27)) * 0x94D049BB133111EB;
        return word ^ (word >> 31);
    }
}
