using BenchmarkDotNet.Attributes;
using Blockwire.Wire;

namespace Blockwire.Bench;

/// <summary>What the server does with each PDU of a read and a write: parse what comes, emit what goes.</summary>
[MemoryDiagnoser]
public class HotPduBenchmarks
{
    private const uint Tag = 0x1000_0001;
    private readonly byte[] _command = new byte[Bhs.Length];
    private readonly byte[] _dataOut = new byte[Bhs.Length];
    private readonly byte[] _answer = new byte[Bhs.Length];

    [GlobalSetup]
    public void Fill()
    {
        new ScsiCommand(
            Immediate: false, Final: true, Read: true, Write: false, Attribute: 1, Lun: 0, Tag, ExpectedDataTransferLength: 4096,
            Cdb16.From([0x28, 0, 0, 0, 0x12, 0x34, 0, 0, 8, 0])).Emit(_command);
        new InitiatorNumbers(new(1000), new(2000)).Write(_command);
        new DataOut(Final: true, Lun: 0, Tag, TargetTransferTag: 7, new(3), BufferOffset: 65536).Emit(_dataOut);
        Bhs.SetLengths(_dataOut, 0, 65536);
    }

    [Benchmark]
    public bool ParseScsiCommand() =>
        ScsiCommand.Parse(new(_command), out ScsiCommand command).IsOk && command.Read && InitiatorNumbers.Read(_command).CmdSN.Value == 1000;

    [Benchmark]
    public bool ParseDataOut() => DataOut.Parse(new(_dataOut), out DataOut dataOut).IsOk && dataOut.Final;

    [Benchmark]
    public int MeasureFrame() => FrameLayout.Measure(_dataOut, headerDigest: true, dataDigest: true).TotalLength;

    [Benchmark]
    public void EmitDataInWithStatus()
    {
        new DataIn(
            Final: true, Acknowledge: false, HasStatus: true, default, Status: 0, Lun: 0, Tag, Bhs.ReservedTag, new(0), BufferOffset: 0, Residual: 0)
            .Emit(_answer);
        Bhs.SetLengths(_answer, 0, 4096);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_answer);
    }

    [Benchmark]
    public void EmitScsiResponse()
    {
        new ScsiResponse(Response: 0, Status: 0, Tag, SnackTag: 0, new(0), default, BidirectionalReadResidual: 0, Residual: 0).Emit(_answer);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_answer);
    }

    [Benchmark]
    public void EmitReadyToTransfer()
    {
        new ReadyToTransfer(Lun: 0, Tag, TargetTransferTag: 7, new(0), BufferOffset: 65536, DesiredDataTransferLength: 262144).Emit(_answer);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_answer);
    }
}
