using BenchmarkDotNet.Attributes;
using Blockwire.Wire;

namespace Blockwire.Bench;

/// <summary>A digest of a header, of small data, of large data, and of more than the processor's caches hold.</summary>
[MemoryDiagnoser]
public class Crc32CBenchmarks
{
    private byte[] _bytes = [];

    [Params(48, 512, 4096, 65536, 262144, 512 << 20)]
    public int LengthBytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _bytes = new byte[LengthBytes];
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark]
    public uint Compute() => Crc32C.Compute(_bytes);
}
