using BenchmarkDotNet.Attributes;
using Blockwire.Wire;

namespace Blockwire.Bench;

/// <summary>Each PDU of a target: what is read of its header and checked, and what is written, sequence numbers with it.</summary>
[MemoryDiagnoser]
public class TargetPduBenchmarks
{
    private const uint Tag = 0x1000_0001;
    private readonly byte[] _bytes = new byte[Bhs.Length];
    private readonly byte[] _dataIn = new byte[Bhs.Length];
    private readonly byte[] _scsiResponse = new byte[Bhs.Length];
    private readonly byte[] _readyToTransfer = new byte[Bhs.Length];
    private readonly byte[] _nopIn = new byte[Bhs.Length];
    private readonly byte[] _loginResponse = new byte[Bhs.Length];
    private readonly byte[] _logoutResponse = new byte[Bhs.Length];
    private readonly byte[] _textResponse = new byte[Bhs.Length];
    private readonly byte[] _taskManagementResponse = new byte[Bhs.Length];
    private readonly byte[] _asyncMessage = new byte[Bhs.Length];
    private readonly byte[] _reject = new byte[Bhs.Length];

    [GlobalSetup]
    public void Fill()
    {
        new DataIn(Final: true, Acknowledge: false, HasStatus: true, default, Status: 0, Lun: 0, Tag, Bhs.ReservedTag, new(0), BufferOffset: 0, Residual: 0).Emit(_dataIn);
        new ScsiResponse(Response: 0, Status: 0, Tag, SnackTag: 0, new(0), default, BidirectionalReadResidual: 0, Residual: 0).Emit(_scsiResponse);
        new ReadyToTransfer(Lun: 0, Tag, TargetTransferTag: 7, new(0), BufferOffset: 65536, DesiredDataTransferLength: 262144).Emit(_readyToTransfer);
        new NopIn(Lun: 0, Tag, Bhs.ReservedTag).Emit(_nopIn);
        new LoginResponse(Transit: true, Continue: false, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase, VersionMax: 0, VersionActive: 0, Isid: 0x80_0000_000001, Tsih: 1, Tag, LoginStatus.Success).Emit(_loginResponse);
        new LogoutResponse(LogoutResponseCode.Closed, Tag, Time2Wait: 2, Time2Retain: 20).Emit(_logoutResponse);
        new TextResponse(Final: true, Continue: false, Lun: 0, Tag, Bhs.ReservedTag).Emit(_textResponse);
        new TaskManagementResponse(TaskManagementResponseCode.FunctionComplete, Tag).Emit(_taskManagementResponse);
        new AsyncMessage(Lun: 0, AsyncEvent.LogoutRequest, VendorCode: 0, Parameter1: 0, Parameter2: 0, Parameter3: 10).Emit(_asyncMessage);
        new Reject(RejectReason.ProtocolError, default).Emit(_reject);
    }

    [Benchmark]
    public bool ParseDataIn() => DataIn.Parse(new(_dataIn), out DataIn _).IsOk && TargetNumbers.Read(_dataIn).StatSN.Value == 0;

    [Benchmark]
    public void EmitDataIn()
    {
        new DataIn(Final: true, Acknowledge: false, HasStatus: true, default, Status: 0, Lun: 0, Tag, Bhs.ReservedTag, new(0), BufferOffset: 0, Residual: 0).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseScsiResponse() => ScsiResponse.Parse(new(_scsiResponse), out ScsiResponse _).IsOk && TargetNumbers.Read(_scsiResponse).StatSN.Value == 0;

    [Benchmark]
    public void EmitScsiResponse()
    {
        new ScsiResponse(Response: 0, Status: 0, Tag, SnackTag: 0, new(0), default, BidirectionalReadResidual: 0, Residual: 0).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseReadyToTransfer() => ReadyToTransfer.Parse(new(_readyToTransfer), out ReadyToTransfer _).IsOk && TargetNumbers.Read(_readyToTransfer).StatSN.Value == 0;

    [Benchmark]
    public void EmitReadyToTransfer()
    {
        new ReadyToTransfer(Lun: 0, Tag, TargetTransferTag: 7, new(0), BufferOffset: 65536, DesiredDataTransferLength: 262144).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseNopIn() => NopIn.Parse(new(_nopIn), out NopIn _).IsOk && TargetNumbers.Read(_nopIn).StatSN.Value == 0;

    [Benchmark]
    public void EmitNopIn()
    {
        new NopIn(Lun: 0, Tag, Bhs.ReservedTag).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseLoginResponse() => LoginResponse.Parse(new(_loginResponse), out LoginResponse _).IsOk && TargetNumbers.Read(_loginResponse).StatSN.Value == 0;

    [Benchmark]
    public void EmitLoginResponse()
    {
        new LoginResponse(Transit: true, Continue: false, LoginStage.LoginOperationalNegotiation, LoginStage.FullFeaturePhase, VersionMax: 0, VersionActive: 0, Isid: 0x80_0000_000001, Tsih: 1, Tag, LoginStatus.Success).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseLogoutResponse() => LogoutResponse.Parse(new(_logoutResponse), out LogoutResponse _).IsOk && TargetNumbers.Read(_logoutResponse).StatSN.Value == 0;

    [Benchmark]
    public void EmitLogoutResponse()
    {
        new LogoutResponse(LogoutResponseCode.Closed, Tag, Time2Wait: 2, Time2Retain: 20).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseTextResponse() => TextResponse.Parse(new(_textResponse), out TextResponse _).IsOk && TargetNumbers.Read(_textResponse).StatSN.Value == 0;

    [Benchmark]
    public void EmitTextResponse()
    {
        new TextResponse(Final: true, Continue: false, Lun: 0, Tag, Bhs.ReservedTag).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseTaskManagementResponse() => TaskManagementResponse.Parse(new(_taskManagementResponse), out TaskManagementResponse _).IsOk && TargetNumbers.Read(_taskManagementResponse).StatSN.Value == 0;

    [Benchmark]
    public void EmitTaskManagementResponse()
    {
        new TaskManagementResponse(TaskManagementResponseCode.FunctionComplete, Tag).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseAsyncMessage() => AsyncMessage.Parse(new(_asyncMessage), out AsyncMessage _).IsOk && TargetNumbers.Read(_asyncMessage).StatSN.Value == 0;

    [Benchmark]
    public void EmitAsyncMessage()
    {
        new AsyncMessage(Lun: 0, AsyncEvent.LogoutRequest, VendorCode: 0, Parameter1: 0, Parameter2: 0, Parameter3: 10).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }

    [Benchmark]
    public bool ParseReject() => Reject.Parse(new(_reject), out Reject _).IsOk && TargetNumbers.Read(_reject).StatSN.Value == 0;

    [Benchmark]
    public void EmitReject()
    {
        new Reject(RejectReason.ProtocolError, default).Emit(_bytes);
        new TargetNumbers(new(2000), new(1001), new(1128)).Write(_bytes);
    }
}
