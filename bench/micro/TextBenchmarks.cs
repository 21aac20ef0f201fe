using System.Text;
using BenchmarkDotNet.Attributes;
using Blockwire.Wire;

namespace Blockwire.Bench;

/// <summary>The keys of one login request.</summary>
[MemoryDiagnoser]
public class TextBenchmarks
{
    private readonly byte[] _keys = Encoding.ASCII.GetBytes(
        "InitiatorName=iqn.2026-11.local.blockwire:bench\0TargetName=iqn.2026-11.local.blockwire:disk\0SessionType=Normal\0HeaderDigest=CRC32C,None\0"
        + "DataDigest=None\0InitialR2T=No\0ImmediateData=Yes\0MaxBurstLength=262144\0FirstBurstLength=65536\0MaxRecvDataSegmentLength=262144\0");

    private readonly TextKeyWriter _writer = new();

    [Benchmark]
    public int WriteKeys()
    {
        _writer.Clear();
        TextKeyReader reader = new(_keys);
        while (reader.MoveNext())
        {
            _writer.TryAppend(reader.Key, reader.Value);
        }

        return _writer.LengthBytes;
    }

    [Benchmark]
    public int ReadKeys()
    {
        TextKeyReader reader = new(_keys);
        int bytes = 0;
        while (reader.MoveNext())
        {
            bytes += reader.Key.Length + reader.Value.Length;
        }

        return bytes;
    }
}
