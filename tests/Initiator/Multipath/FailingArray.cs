using System.Buffers.Binary;
using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Wire;

namespace Blockwire.Initiator.Tests.Multipath;

/// <summary>A target of blocks with one number each, behind paths that break under their commands. What it has done can be counted.</summary>
internal sealed class FailingArray
{
    public const int Blocks = 64;
    public const int BlockBytes = 512;

    private readonly Lock _gate = new();
    private readonly Random _random;
    private readonly ulong[] _disk = new ulong[Blocks];
    private readonly Dictionary<ulong, int> _runs = [];

    public FailingArray(int seed, int paths)
    {
        _random = new Random(seed);
        Paths = [.. Enumerable.Range(0, paths).Select(index => new FailingPath(this, index))];
    }

    public IReadOnlyList<FailingPath> Paths { get; }

    /// <summary>No path breaks any more.</summary>
    public bool IsCalm { get; set; }

    public int Roll(int below)
    {
        lock (_gate)
        {
            return _random.Next(below);
        }
    }

    public ulong At(int lba)
    {
        lock (_gate)
        {
            return _disk[lba];
        }
    }

    public int Runs(ulong number)
    {
        lock (_gate)
        {
            return _runs.GetValueOrDefault(number);
        }
    }

    /// <summary>Does a command, now.</summary>
    public ScsiResult Run(in ScsiRequest request)
    {
        lock (_gate)
        {
            switch (request.Cdb[0])
            {
                case OperationCode.Write10:
                    ulong number = BinaryPrimitives.ReadUInt64BigEndian(request.DataOut.Span);
                    _disk[BlockCdb.Read(request.Cdb.AsSpan).Lba] = number;
                    _runs[number] = _runs.GetValueOrDefault(number) + 1;
                    return ScriptedExecutor.Good();
                case OperationCode.Read10:
                    BinaryPrimitives.WriteUInt64BigEndian(request.DataIn.Span, _disk[BlockCdb.Read(request.Cdb.AsSpan).Lba]);
                    return ScriptedExecutor.Good(BlockBytes);
                case OperationCode.Inquiry when request.Cdb[1] == 0:
                    return ScriptedExecutor.Good(new StandardInquiryData { Vendor = "V", Product = "P", Revision = "1" }.Write(request.DataIn.Span));
                case OperationCode.Inquiry when request.Cdb[2] == PageCodes.Vpd.DeviceIdentification:
                    int length = Designator.Naa(DesignatorAssociation.LogicalUnit, 0x3000_0000_0000_0001).Write(request.DataIn.Span[4..]);
                    (request.DataIn.Span[1], request.DataIn.Span[3]) = (PageCodes.Vpd.DeviceIdentification, (byte)length);
                    return ScriptedExecutor.Good(length + 4);
                case OperationCode.TestUnitReady:
                    return ScriptedExecutor.Good();
                default:
                    return ScriptedExecutor.Check(Sense.InvalidOpcode);
            }
        }
    }
}

/// <summary>A path that breaks when it likes; what it loses has run, runs later, or never runs.</summary>
internal sealed class FailingPath(FailingArray array, int index) : IScsiExecutor, IPathState
{
    private readonly Lock _gate = new();
    private readonly List<ScsiRequest> _late = [];
    private Task _lostTasksEnded = Task.CompletedTask;
    private int _session;
    private volatile bool _connected = true;

    public event EventHandler? Changed;

    public bool IsConnected => _connected;

    public int Breaks => _session;

    public UnitPath AsPath => new($"path{index}", this, this);

    public async ValueTask<bool> WaitForLostTasksAsync(CancellationToken cancellationToken)
    {
        Task ended;
        lock (_gate)
        {
            ended = _lostTasksEnded;
        }

        await ended.WaitAsync(cancellationToken);
        return true;
    }

    public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) => RunAsync(request);

    private async ValueTask<ScsiResult> RunAsync(ScsiRequest request)
    {
        int session = _session;
        if (!_connected)
        {
            throw new CommandLostException(CommandFate.NotRun, $"path{index} is cut");
        }

        if (array.Roll(2) == 0)
        {
            await Task.Yield();
        }

        if (!array.IsCalm && array.Roll(12) == 0)
        {
            Break(session);
        }

        lock (_gate)
        {
            if (_session == session)
            {
                return array.Run(request);
            }

            switch (array.Roll(4))
            {
                case 0:
                    throw new CommandLostException(CommandFate.NotRun, "never sent");
                case 1:
                    // Its session's tasks may be over by now; only what was under way then can have run.
                    if (_connected || _lostTasksEnded.IsCompleted)
                    {
                        break;
                    }

                    array.Run(request);
                    break;
                case 2 when !_lostTasksEnded.IsCompleted && !_connected:
                    _late.Add(request with { DataOut = request.DataOut.ToArray(), DataIn = new byte[request.DataIn.Length] });
                    break;
            }
        }

        throw new CommandLostException(CommandFate.MayHaveRun, "the session is gone");
    }

    private void Break(int session)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_session != session)
            {
                return;
            }

            _session++;
            _connected = false;
            _lostTasksEnded = ended.Task;
        }

        Changed?.Invoke(this, EventArgs.Empty);
        _ = RecoverAsync(ended);
    }

    private async Task RecoverAsync(TaskCompletionSource ended)
    {
        await Task.Delay(array.Roll(4));
        lock (_gate)
        {
            foreach (ScsiRequest late in _late)
            {
                if (array.Roll(2) == 0)
                {
                    array.Run(late);
                }
            }

            _late.Clear();
            ended.SetResult();
        }

        await Task.Delay(array.Roll(4));
        _connected = true;
        Changed?.Invoke(this, EventArgs.Empty);
    }
}
