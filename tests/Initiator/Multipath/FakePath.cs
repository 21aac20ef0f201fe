using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using TargetUnit = Blockwire.Scsi.Device.LogicalUnit;

namespace Blockwire.Initiator.Tests.Multipath;

/// <summary>A disk with several ports, each its own target port group.</summary>
internal sealed class FakeArray : IAsyncDisposable
{
    private readonly MemoryDisk _disk = new(1 << 20);

    public FakeArray(int paths, bool hasPortGroups = true)
    {
        Unit = new TargetUnit(0, _disk, new LogicalUnitOptions { Identity = "array/0", Thin = true });
        Target = new ScsiTargetDevice(UnitRig.TargetName, [Unit]);
        HasPortGroups = hasPortGroups;
        States = Enumerable.Repeat(AccessState.ActiveOptimized, paths).ToArray();
        Paths = [.. Enumerable.Range(0, paths).Select(index => new FakePath(this, index))];
    }

    public TargetUnit Unit { get; }

    public ScsiTargetDevice Target { get; }

    public bool HasPortGroups { get; }

    public AccessState[] States { get; }

    public IReadOnlyList<FakePath> Paths { get; }

    public ManualTime Time { get; } = new();

    public MultipathSettings Settings => new() { Name = "array", Time = Time };

    public ValueTask<MultipathUnit> OpenAsync(MultipathSettings? settings = null) =>
        MultipathUnit.OpenAsync([.. Paths.Select(static path => path.AsPath)], settings ?? Settings);

    public ValueTask DisposeAsync() => _disk.DisposeAsync();
}

/// <summary>A path to a <see cref="FakeArray"/> whose commands can be answered, lost and held by the test.</summary>
internal sealed class FakePath : IScsiExecutor, IPathState
{
    private readonly FakeArray _array;
    private readonly int _index;
    private readonly DeviceExecutor _device;

    public FakePath(FakeArray array, int index)
    {
        (_array, _index) = (array, index);
        _device = new DeviceExecutor(array.Target, isid: (ulong)index + 1, portGroup: (ushort)(index + 1));
        Script = new ScriptedExecutor(new Ported(this));
    }

    public event EventHandler? Changed;

    public string Name => $"path{_index}";

    public ScriptedExecutor Script { get; }

    public bool IsConnected { get; private set; } = true;

    /// <summary>What becomes of commands while the path is not connected.</summary>
    public CommandFate Fate { get; set; } = CommandFate.NotRun;

    /// <summary>Ends when the target has ended the tasks that were lost.</summary>
    public TaskCompletionSource<bool> LostTasksEnded { get; set; } = new();

    public UnitPath AsPath => new(Name, this, this);

    /// <summary>The path goes or comes; whoever looks at it is told.</summary>
    public void Connect(bool isConnected, bool tell = true)
    {
        IsConnected = isConnected;
        if (tell)
        {
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    public async ValueTask<bool> WaitForLostTasksAsync(CancellationToken cancellationToken) => await LostTasksEnded.Task.WaitAsync(cancellationToken);

    public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) => IsConnected
        ? Script.ExecuteAsync(request, cancellationToken)
        : ValueTask.FromException<ScsiResult>(new CommandLostException(Fate, $"{Name} is cut"));

    /// <summary>The target with its port groups.</summary>
    private sealed class Ported(FakePath path) : IScsiExecutor
    {
        public ValueTask<ScsiResult> ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) => RunAsync(request, cancellationToken);

        private async ValueTask<ScsiResult> RunAsync(ScsiRequest request, CancellationToken cancellationToken)
        {
            byte code = request.Cdb[0];
            bool isAboutGroups = path._array.HasPortGroups && code == OperationCode.MaintenanceIn && request.Cdb[1] == ServiceAction.ReportTargetPortGroups;
            if (isAboutGroups)
            {
                return ScriptedExecutor.Good(Report(request.DataIn.Span));
            }

            if (LateRulesOf(code) && Refusal(path._array.States[path._index]) is { } refusal)
            {
                return ScriptedExecutor.Check(refusal);
            }

            ScsiResult result = await path._device.ExecuteAsync(request, cancellationToken);
            if (code == OperationCode.Inquiry && request.Cdb[1] == 0)
            {
                request.DataIn.Span[5] = (byte)(path._array.HasPortGroups ? 0x10 : 0);
            }

            return result;
        }

        private static bool LateRulesOf(byte code) => code is OperationCode.Read10 or OperationCode.Write10 or OperationCode.TestUnitReady;

        private static SenseData? Refusal(AccessState state) => state switch
        {
            AccessState.Transitioning => new SenseData(SenseKey.NotReady, 0x04, 0x0A),
            AccessState.Standby => new SenseData(SenseKey.NotReady, 0x04, 0x0B),
            AccessState.Unavailable => new SenseData(SenseKey.NotReady, 0x04, 0x0C),
            _ => null,
        };

        private int Report(Span<byte> into)
        {
            byte[] report = new byte[4 + 12 * path._array.States.Length];
            report[3] = (byte)(report.Length - 4);
            for (int i = 0; i < path._array.States.Length; i++)
            {
                int at = 4 + 12 * i;
                (report[at], report[at + 3], report[at + 7], report[at + 11]) = ((byte)path._array.States[i], (byte)(i + 1), 1, (byte)(i + 1));
            }

            report.CopyTo(into);
            return report.Length;
        }
    }
}
