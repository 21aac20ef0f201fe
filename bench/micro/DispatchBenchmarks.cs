using BenchmarkDotNet.Attributes;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Storage;
using Blockwire.Transport;

namespace Blockwire.Bench;

/// <summary>A command at the device server, over a disk in memory: found in the command table, checked, executed and ended.</summary>
[MemoryDiagnoser]
public class DispatchBenchmarks
{
    private readonly byte[] _testUnitReady = new byte[6];
    private readonly byte[] _inquiry = [0x12, 0, 0, 0, 96, 0];
    private readonly byte[] _read = [0x28, 0, 0, 0, 0, 8, 0, 0, 8, 0];
    private readonly byte[] _write = [0x2A, 0, 0, 0, 0, 8, 0, 0, 8, 0];
    private readonly byte[] _data = new byte[4096];
    private readonly BlockPool _pool = new();
    private MemoryDisk _disk = null!;
    private ScsiTargetDevice _target = null!;
    private Nexus _nexus = null!;
    private ScsiCommand _command = null!;

    [GlobalSetup]
    public void Open()
    {
        _disk = new MemoryDisk(1 << 20);
        _target = new ScsiTargetDevice("iqn.2026-11.local.blockwire:bench", [new LogicalUnit(0, _disk, new LogicalUnitOptions { Identity = "bench/0" })]);
        _nexus = new Nexus("iqn.2026-11.local.blockwire:initiator", 1, 1, 1);
        _target.AttachNexus(_nexus, afterNexusLoss: false);
        _command = new ScsiCommand(_pool) { AllowLending = true };
        Do(_testUnitReady, default); // takes the unit attention of a new nexus
    }

    [GlobalCleanup]
    public async Task CloseAsync()
    {
        await _disk.DisposeAsync().ConfigureAwait(false);
        _pool.Dispose();
    }

    [Benchmark]
    public ScsiStatus TestUnitReady() => Good(Do(_testUnitReady, default));

    [Benchmark]
    public ScsiStatus Inquiry() => Good(Do(_inquiry, default));

    [Benchmark]
    public ScsiStatus Read10Of4KiB() => Good(Do(_read, default));

    [Benchmark]
    public ScsiStatus Write10Of4KiB() => Good(Do(_write, _data));

    private static ScsiStatus Good(ScsiStatus status) => status == ScsiStatus.Good ? status : throw new InvalidOperationException($"{status}");

    private ScsiStatus Do(byte[] cdb, ReadOnlyMemory<byte> dataOut)
    {
        _command.Begin(_nexus, 0, cdb, TaskAttribute.Simple);
        if (_target.Prepare(_command))
        {
            _command.DataOut = dataOut;
            ValueTask done = _target.ExecuteAsync(_command, CancellationToken.None);
            if (!done.IsCompleted)
            {
                throw new InvalidOperationException("a disk in memory answers inline");
            }

            done.GetAwaiter().GetResult();
        }

        ScsiStatus status = _command.Status;
        _command.End();
        return status;
    }
}
