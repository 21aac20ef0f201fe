using Blockwire.Scsi;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>A command that takes data and sends some, over a real socket: XDWRITEREAD.</summary>
public sealed class BidirectionalTests
{
    private const byte ReadUnderflow = 0x08, Underflow = 0x02;

    [Theory]
    [InlineData(512, 512, 0x00, 0u, 0u)]
    [InlineData(1024, 512, ReadUnderflow, 512u, 0u)]
    [InlineData(512, 1024, Underflow, 0u, 512u)]
    [Rule("7143/11.2.2.4")]
    [Rule("7143/11.4.5")]
    public async Task It_takes_and_sends_with_a_residual_for_each_direction(int reads, int writes, byte flags, uint readResidual, uint residual)
    {
        await using ServerRig rig = await ServerRig.StartAsync();
        using RawInitiator initiator = await rig.LogInAsync();
        byte[] old = [.. Enumerable.Repeat((byte)0x0F, 512)], written = [.. Enumerable.Repeat((byte)0x33, writes)];
        Assert.True((await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Write10, 4, 1), dataOut: old)).IsGood);

        RawFrame command = RawFrames.ScsiCommand(0, initiator.NewTag(), 0, (uint)writes, RawFrames.Cdb10(OperationCode.XdWriteRead10, 4, 1));
        command.Flags |= 0x40;
        command.Ahs = [0, 5, 2, 0, 0, 0, (byte)(reads >> 8), (byte)reads];
        await initiator.SendAsync(command);
        RawFrame r2t = await initiator.ExpectAsync(RawOpcode.ReadyToTransfer);
        await initiator.SendAsync(RawFrames.DataOut(0, command.InitiatorTaskTag, r2t.Word20, 0, 0, true, written[..(int)r2t[44]]));
        RawFrame data = await initiator.ExpectAsync(RawOpcode.DataIn);
        Assert.Equal(Enumerable.Repeat((byte)(0x0F ^ 0x33), 512), data.Data);
        RawFrame status = await initiator.ExpectAsync(RawOpcode.ScsiResponse);
        Assert.Equal((0, flags, readResidual, residual), (status.Byte3, (byte)(status.Flags & 0x1E), status[40], status[44]));
        Assert.Equal(written[..512], (await initiator.CommandAsync(0, RawFrames.Cdb10(ServerRig.Read10, 4, 1), 512)).DataIn);
    }
}
