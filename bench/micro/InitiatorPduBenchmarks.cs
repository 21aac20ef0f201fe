using BenchmarkDotNet.Attributes;
using Blockwire.Wire;

namespace Blockwire.Bench;

/// <summary>Each PDU of an initiator: what is read of its header and checked, and what is written, sequence numbers with it.</summary>
[MemoryDiagnoser]
public class InitiatorPduBenchmarks
{
    private const uint Tag = 0x1000_0001;
    private readonly byte[] _bytes = new byte[Bhs.Length];
    private readonly byte[] _scsiCommand = new byte[Bhs.Length];
    private readonly byte[] _dataOut = new byte[Bhs.Length];
    private readonly byte[] _nopOut = new byte[Bhs.Length];
    private readonly byte[] _loginRequest = new byte[Bhs.Length];
    private readonly byte[] _logoutRequest = new byte[Bhs.Length];
    private readonly byte[] _textRequest = new byte[Bhs.Length];
    private readonly byte[] _taskManagementRequest = new byte[Bhs.Length];
    private readonly byte[] _snackRequest = new byte[Bhs.Length];

    [GlobalSetup]
    public void Fill()
    {
        new ScsiCommand(Immediate: false, Final: true, Read: true, Write: false, Attribute: 1, Lun: 0, Tag, ExpectedDataTransferLength: 4096, Cdb16.From([0x28, 0, 0, 0, 0x12, 0x34, 0, 0, 8, 0])).Emit(_scsiCommand);
        new DataOut(Final: true, Lun: 0, Tag, TargetTransferTag: 7, new(3), BufferOffset: 65536).Emit(_dataOut);
        new NopOut(Immediate: true, Lun: 0, Tag, Bhs.ReservedTag).Emit(_nopOut);
        new LoginRequest(Transit: true, Continue: false, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase, VersionMax: 0, VersionMin: 0, Isid: 0x80_0000_000001, Tsih: 0, Tag, Cid: 0).Emit(_loginRequest);
        new LogoutRequest(Immediate: true, LogoutReason.CloseSession, Tag, Cid: 0).Emit(_logoutRequest);
        new TextRequest(Immediate: false, Final: true, Continue: false, Lun: 0, Tag, Bhs.ReservedTag).Emit(_textRequest);
        new TaskManagementRequest(Immediate: true, TaskManagementFunction.AbortTask, Lun: 0, Tag, ReferencedTaskTag: Tag + 1, new(999), default).Emit(_taskManagementRequest);
        new SnackRequest(SnackType.DataOrR2T, Lun: 0, Tag, Bhs.ReservedTag, BegRun: 2, RunLength: 3).Emit(_snackRequest);
    }

    [Benchmark]
    public bool ParseScsiCommand() => ScsiCommand.Parse(new(_scsiCommand), out ScsiCommand _).IsOk && InitiatorNumbers.Read(_scsiCommand).CmdSN.Value == 0;

    [Benchmark]
    public void EmitScsiCommand()
    {
        new ScsiCommand(Immediate: false, Final: true, Read: true, Write: false, Attribute: 1, Lun: 0, Tag, ExpectedDataTransferLength: 4096, Cdb16.From([0x28, 0, 0, 0, 0x12, 0x34, 0, 0, 8, 0])).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseDataOut() => DataOut.Parse(new(_dataOut), out DataOut _).IsOk && InitiatorNumbers.Read(_dataOut).CmdSN.Value == 0;

    [Benchmark]
    public void EmitDataOut()
    {
        new DataOut(Final: true, Lun: 0, Tag, TargetTransferTag: 7, new(3), BufferOffset: 65536).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseNopOut() => NopOut.Parse(new(_nopOut), out NopOut _).IsOk && InitiatorNumbers.Read(_nopOut).CmdSN.Value == 0;

    [Benchmark]
    public void EmitNopOut()
    {
        new NopOut(Immediate: true, Lun: 0, Tag, Bhs.ReservedTag).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseLoginRequest() => LoginRequest.Parse(new(_loginRequest), out LoginRequest _).IsOk && InitiatorNumbers.Read(_loginRequest).CmdSN.Value == 0;

    [Benchmark]
    public void EmitLoginRequest()
    {
        new LoginRequest(Transit: true, Continue: false, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase, VersionMax: 0, VersionMin: 0, Isid: 0x80_0000_000001, Tsih: 0, Tag, Cid: 0).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseLogoutRequest() => LogoutRequest.Parse(new(_logoutRequest), out LogoutRequest _).IsOk && InitiatorNumbers.Read(_logoutRequest).CmdSN.Value == 0;

    [Benchmark]
    public void EmitLogoutRequest()
    {
        new LogoutRequest(Immediate: true, LogoutReason.CloseSession, Tag, Cid: 0).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseTextRequest() => TextRequest.Parse(new(_textRequest), out TextRequest _).IsOk && InitiatorNumbers.Read(_textRequest).CmdSN.Value == 0;

    [Benchmark]
    public void EmitTextRequest()
    {
        new TextRequest(Immediate: false, Final: true, Continue: false, Lun: 0, Tag, Bhs.ReservedTag).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseTaskManagementRequest() => TaskManagementRequest.Parse(new(_taskManagementRequest), out TaskManagementRequest _).IsOk && InitiatorNumbers.Read(_taskManagementRequest).CmdSN.Value == 0;

    [Benchmark]
    public void EmitTaskManagementRequest()
    {
        new TaskManagementRequest(Immediate: true, TaskManagementFunction.AbortTask, Lun: 0, Tag, ReferencedTaskTag: Tag + 1, new(999), default).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseSnackRequest() => SnackRequest.Parse(new(_snackRequest), out SnackRequest _).IsOk && InitiatorNumbers.Read(_snackRequest).CmdSN.Value == 0;

    [Benchmark]
    public void EmitSnackRequest()
    {
        new SnackRequest(SnackType.DataOrR2T, Lun: 0, Tag, Bhs.ReservedTag, BegRun: 2, RunLength: 3).Emit(_bytes);
        new InitiatorNumbers(new(1000), new(2000)).Write(_bytes);
    }
}
