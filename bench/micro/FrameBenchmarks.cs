using BenchmarkDotNet.Attributes;
using Blockwire.Wire;

namespace Blockwire.Bench;

/// <summary>Where a PDU ends: done for each one before anything else of it is read.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private readonly byte[] _dataOut = new byte[Bhs.Length];

    [GlobalSetup]
    public void Fill()
    {
        new DataOut(Final: true, Lun: 0, InitiatorTaskTag: 1, TargetTransferTag: 7, new(3), BufferOffset: 65536).Emit(_dataOut);
        Bhs.SetLengths(_dataOut, 0, 65536);
    }

    [Benchmark]
    public int MeasureFrame() => FrameLayout.Measure(_dataOut, headerDigest: true, dataDigest: true).TotalLength;
}
