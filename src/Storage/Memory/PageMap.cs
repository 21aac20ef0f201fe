using System.Numerics;

namespace Blockwire.Storage;

/// <summary>Which pages have been written: one bit a page. Safe for many threads; a bit is clear only where the page reads as zeros.</summary>
internal sealed class PageMap(ulong pageCount)
{
    /// <summary>Words looked at in one query, so that no query on a vast disk takes long; the run it answers is then shorter.</summary>
    private const int MaxWordsPerQuery = 16384;

    private readonly ulong[] _words = new ulong[(pageCount + 63) / 64];

    public ulong PageCount => pageCount;

    public void Mark(ulong first, ulong count)
    {
        for (ulong end = first + count; first < end;)
        {
            (ulong mask, ulong bits) = MaskFrom(first, end);
            ref ulong word = ref _words[first / 64];
            if ((Volatile.Read(ref word) & mask) != mask) Interlocked.Or(ref word, mask);
            first += bits;
        }
    }

    public void Clear(ulong first, ulong count)
    {
        for (ulong end = first + count; first < end;)
        {
            (ulong mask, ulong bits) = MaskFrom(first, end);
            ref ulong word = ref _words[first / 64];
            if ((Volatile.Read(ref word) & mask) != 0) Interlocked.And(ref word, ~mask);
            first += bits;
        }
    }

    public bool IsMarked(ulong page) => (Volatile.Read(ref _words[page / 64]) >> (int)(page % 64) & 1) != 0;

    /// <summary>Pages that are marked, as far as marks do not change meanwhile.</summary>
    public ulong CountMarked()
    {
        ulong count = 0;
        for (int i = 0; i < _words.Length; i++) count += (ulong)BitOperations.PopCount(Volatile.Read(ref _words[i]));
        return count;
    }

    /// <summary>Pages from <paramref name="first"/> on that share its state: at least 1, at most <paramref name="max"/>.</summary>
    public ulong RunLength(ulong first, ulong max, out bool isMarked)
    {
        isMarked = IsMarked(first);
        ulong at = first;
        ulong end = first + Math.Min(max, pageCount - first);
        for (int looked = 0; at < end && looked < MaxWordsPerQuery; looked++)
        {
            (ulong mask, ulong bits) = MaskFrom(at, end);
            ulong word = Volatile.Read(ref _words[at / 64]);
            ulong different = (isMarked ? ~word : word) & mask;
            if (different != 0)
                return Math.Max(1, (at / 64 * 64) + (ulong)BitOperations.TrailingZeroCount(different) - first);
            at += bits;
        }
        return at - first;
    }

    /// <summary>The bits of one word that belong to the pages from <paramref name="first"/> to before <paramref name="end"/>, and how many they are.</summary>
    private static (ulong Mask, ulong Bits) MaskFrom(ulong first, ulong end)
    {
        int shift = (int)(first % 64);
        int bits = (int)Math.Min(64 - (ulong)shift, end - first);
        return (ulong.MaxValue >> (64 - bits) << shift, (ulong)bits);
    }
}
