using Blockwire.Initiator.Tests.Fakes;
using Blockwire.Scsi;
using Blockwire.Storage;
using Blockwire.Storage.Tests;

namespace Blockwire.Initiator.Tests.Disks;

// The contract of every disk, over a memory disk that is shared by our device server and reached as an initiator reaches it.

public class LogicalUnitDiskContract : DeviceContract
{
    internal UnitRig Rig { get; private set; } = null!;

    protected virtual bool Thin => true;

    protected override IBlockDevice Create()
    {
        Rig = new UnitRig(LengthBytes, BlockBytes, Thin);
        Prepare();
        LogicalUnit unit = Rig.OpenAsync().AsTask().GetAwaiter().GetResult();
        return LogicalUnitDisk.OpenWholeAsync(unit, Rig).AsTask().GetAwaiter().GetResult();
    }

    protected virtual void Prepare()
    {
    }

    /// <summary>Replaces a vital page by another.</summary>
    internal void Replace(byte page, Func<Memory<byte>, int> write) => Answer(OperationCode.Inquiry, request =>
        request.Cdb[1] == 1 && request.Cdb[2] == page ? ScriptedExecutor.Good(write(request.DataIn)) : null);

    internal void Answer(byte operationCode, Func<ScsiRequest, ScsiResult?> answer)
    {
        Func<ScsiRequest, ValueTask<ScsiResult>?> before = Rig.Executor.Answer;
        Rig.Executor.Answer = request => request.Cdb[0] == operationCode && answer(request) is { } result ? new(result) : before(request);
    }
}

public sealed class LogicalUnitDisk4096Contract : LogicalUnitDiskContract
{
    protected override uint BlockBytes => 4096;
}

public sealed class ThickLogicalUnitDiskContract : LogicalUnitDiskContract
{
    protected override bool Thin => false;
}

/// <summary>A target that knows no more than READ, WRITE and SYNCHRONIZE CACHE: FUA and zeros are made of those.</summary>
public sealed class PlainLogicalUnitDiskContract : LogicalUnitDiskContract
{
    protected override void Prepare() => Rig.Executor.Answer = request => request.Cdb[0] switch
    {
        OperationCode.Inquiry when request.Cdb[1] == 1 => new(ScriptedExecutor.Check(Sense.InvalidFieldInCdb(1))),
        OperationCode.Inquiry or OperationCode.TestUnitReady or OperationCode.ReadCapacity10 or OperationCode.Read10 or OperationCode.Write10
            or OperationCode.SynchronizeCache10 => null,
        _ => new(ScriptedExecutor.Check(Sense.InvalidOpcode)),
    };
}

/// <summary>A target that unmaps by UNMAP alone, as LIO does by default; UNMAP may leave blocks as they are.</summary>
public sealed class LazyUnmapLogicalUnitDiskContract : LogicalUnitDiskContract
{
    protected override void Prepare()
    {
        Replace(PageCodes.Vpd.LogicalBlockProvisioning, into => new LogicalBlockProvisioningPage(true, false, false, true, 2).Write(into.Span));
        Answer(OperationCode.Unmap, static _ => ScriptedExecutor.Good());
    }
}

/// <summary>A target with small limits.</summary>
public sealed class LimitedLogicalUnitDiskContract : LogicalUnitDiskContract
{
    protected override void Prepare() => Replace(PageCodes.Vpd.BlockLimits, into => new BlockLimitsPage
    {
        MaximumTransfer = 7,
        MaximumUnmap = 11,
        MaximumUnmapDescriptors = 2,
        MaximumWriteSame = 13,
    }.Write(into.Span));
}

/// <summary>A target whose every command first fails with something that has it sent again.</summary>
public sealed class NervousLogicalUnitDiskContract : LogicalUnitDiskContract
{
    protected override void Prepare()
    {
        int count = 0;
        Rig.Time.Hurry = true;
        Rig.Executor.Answer = _ => (Interlocked.Increment(ref count) % 4) switch
        {
            0 => new(new ScsiResult(ScsiStatus.Busy, 0)),
            2 => new(ScriptedExecutor.Check(Sense.ReportedLunsDataChanged)),
            _ => null,
        };
    }
}
