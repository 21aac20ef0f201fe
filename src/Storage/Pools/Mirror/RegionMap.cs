using System.Numerics;
using System.Runtime.InteropServices;

namespace Blockwire.Storage;

/// <summary>A set of regions of a disk, a bit for each.</summary>
internal sealed class RegionMap
{
    private readonly ulong[] _words;

    /// <summary>Makes an empty set.</summary>
    public RegionMap(int regions)
    {
        Regions = regions;
        _words = new ulong[(regions + 63) / 64];
    }

    /// <summary>How many regions the disk has.</summary>
    public int Regions { get; }

    /// <summary>How many are in the set.</summary>
    public int Count
    {
        get
        {
            int count = 0;
            foreach (ulong word in _words) count += BitOperations.PopCount(word);
            return count;
        }
    }

    public bool IsEmpty => !_words.AsSpan().ContainsAnyExcept(0UL);

    /// <summary>The set as bytes, in the machine's order, which is little-endian wherever .NET runs.</summary>
    public Span<byte> Bytes => MemoryMarshal.AsBytes(_words.AsSpan());

    public bool this[int region]
    {
        get => (_words[region >> 6] >> (region & 63) & 1) != 0;
        set
        {
            if (value) _words[region >> 6] |= 1UL << (region & 63);
            else _words[region >> 6] &= ~(1UL << (region & 63));
        }
    }

    public static int BytesFor(int regions) => (regions + 63) / 64 * 8;

    public void Fill()
    {
        for (int region = 0; region < Regions; region++) this[region] = true;
    }

    public void Clear() => _words.AsSpan().Clear();

    public void Add(RegionMap other)
    {
        for (int i = 0; i < _words.Length; i++) _words[i] |= other._words[i];
    }

    public void KeepOnly(RegionMap other)
    {
        for (int i = 0; i < _words.Length; i++) _words[i] &= other._words[i];
    }

    public RegionMap Copy()
    {
        RegionMap copy = new(Regions);
        _words.CopyTo(copy._words, 0);
        return copy;
    }

    /// <summary>The first region of the set from a place on, or -1.</summary>
    public int Next(int from)
    {
        for (int region = from; region < Regions; region++)
        {
            ulong rest = _words[region >> 6] >> (region & 63);
            if (rest != 0) return region + BitOperations.TrailingZeroCount(rest);
            region |= 63;
        }
        return -1;
    }
}
