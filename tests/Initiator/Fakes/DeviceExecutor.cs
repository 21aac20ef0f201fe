using System.Buffers;
using Blockwire.Scsi;
using Blockwire.Scsi.Device;
using Blockwire.Wire;
using TargetCommand = Blockwire.Scsi.Device.ScsiCommand;

namespace Blockwire.Initiator.Tests.Fakes;

/// <summary>Our own device server in this process: what a session would carry over the network, without one.</summary>
internal sealed class DeviceExecutor : IScsiExecutor
{
    private readonly ScsiTargetDevice _target;
    private readonly Nexus _nexus;
    private readonly ulong _lun;

    public DeviceExecutor(ScsiTargetDevice target, ulong lun = 0, ulong isid = 1, ushort portGroup = 1)
    {
        _target = target;
        _lun = lun;
        _nexus = new Nexus("iqn.2026-11.local.test:initiator", isid, portGroup, portGroup);
        _target.AttachNexus(_nexus, afterNexusLoss: false);
    }

    public Nexus Nexus => _nexus;

    public async ValueTask<ScsiResult> ExecuteAsync(ScsiRequest request, CancellationToken cancellationToken)
    {
        TargetCommand command = new(MemoryPool<byte>.Shared);
        byte[] cdb = request.LongCdb.IsEmpty ? request.Cdb.AsSpan.ToArray() : request.LongCdb.ToArray();
        command.Begin(_nexus, _lun, cdb, request.Attribute ?? TaskAttribute.Simple);
        command.DataOutOffered = request.DataOut.IsEmpty ? null : (uint)request.DataOut.Length;
        if (_target.Prepare(command))
        {
            command.DataOut = request.DataOut[..(int)Math.Min((uint)request.DataOut.Length, command.DataOutWanted)];
            await _target.ExecuteAsync(command, cancellationToken);
        }

        int moved = Math.Min(command.DataIn.Length, request.DataIn.Length);
        command.DataIn[..moved].CopyTo(request.DataIn);
        long offered = request.DataIn.IsEmpty ? request.DataOut.Length : request.DataIn.Length;
        long wanted = request.DataIn.IsEmpty ? command.DataOutWanted : command.DataIn.Length;
        ScsiResult result = new(command.Status, moved)
        {
            Sense = command.Sense.ToArray(),
            ResidualFlags = wanted > offered ? ResidualFlags.Overflow : wanted < offered ? ResidualFlags.Underflow : ResidualFlags.None,
            Residual = (uint)Math.Abs(wanted - offered),
        };
        command.End();
        return result;
    }

    /// <summary>The same of a new nexus, whose first command hears of a power on.</summary>
    public async Task<ScsiResult> ExecuteTwiceAsync(ScsiRequest request)
    {
        await ExecuteAsync(request, CancellationToken.None);
        return await ExecuteAsync(request, CancellationToken.None);
    }

    ValueTask<ScsiResult> IScsiExecutor.ExecuteAsync(in ScsiRequest request, CancellationToken cancellationToken) => ExecuteAsync(request, cancellationToken);
}
