using BenchmarkDotNet.Attributes;
using Blockwire.Scsi;

namespace Blockwire.Bench;

/// <summary>The guard of one block, as protection information has it, of each size of block, and of a large piece.</summary>
[MemoryDiagnoser]
public class GuardCrcBenchmarks
{
    private byte[] _bytes = [];

    [Params(512, 4096, 1 << 20)]
    public int LengthBytes { get; set; }

    [GlobalSetup]
    public void Fill()
    {
        _bytes = new byte[LengthBytes];
        new Random(1).NextBytes(_bytes);
    }

    [Benchmark]
    public ushort Compute() => GuardCrc.Compute(_bytes);
}
