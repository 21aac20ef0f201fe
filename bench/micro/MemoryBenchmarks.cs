using System.Numerics;
using BenchmarkDotNet.Attributes;

namespace Blockwire.Bench;

/// <summary>What the machine's memory gives for the same lengths as <see cref="Crc32CBenchmarks"/>: a digest can hardly be faster than reading.</summary>
[MemoryDiagnoser]
public class MemoryBenchmarks
{
    private byte[] _bytes = [];
    private byte[] _copy = [];

    [Params(48, 512, 4096, 65536, 262144, 512 << 20)]
    public int LengthBytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        (_bytes, _copy) = (new byte[LengthBytes], new byte[LengthBytes]);
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark]
    public void Copy() => _bytes.AsSpan().CopyTo(_copy);

    [Benchmark]
    public Vector<byte> Read()
    {
        ReadOnlySpan<byte> bytes = _bytes;
        Vector<byte> a = default, b = default;
        int step = 2 * Vector<byte>.Count;
        for (; bytes.Length >= step; bytes = bytes[step..])
        {
            a ^= new Vector<byte>(bytes);
            b ^= new Vector<byte>(bytes[Vector<byte>.Count..]);
        }

        return a ^ b;
    }
}
