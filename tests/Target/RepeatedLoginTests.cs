using Blockwire.Target.Tests.Logout;
using Blockwire.Testing;
using Blockwire.Testing.Raw;

namespace Blockwire.Target.Tests;

/// <summary>Goal: an initiator that repeats a reinstating login, because the first is not answered while the disk is busy, gets its session.</summary>
public class RepeatedLoginTests
{
    [Fact]
    [Rule("7143/6.3.4")]
    public async Task The_session_does_not_end_between_two_logins_of_one_connection()
    {
        ManualTime time = new();
        await using SlowDisk disk = new() { HonoursCancellation = false };
        await using LogoutScene scene = await LogoutScene.StartAsync(
            connections: 1, new RawLogin(ServerRig.TargetName) { DefaultTime2Wait = 1, DefaultTime2Retain = 1 }, time: time, disks: disk);
        await ServerRig.StartReadAsync(scene.C0);
        SlowDisk.Pending read = await disk.NextReadAsync();
        try
        {
            RawLogin login = scene.Login with { Tsih = scene.C0.Tsih };
            using RawInitiator first = await scene.C0.ConnectAnotherAsync(scene.Rig.Portal), second = await scene.C0.ConnectAnotherAsync(scene.Rig.Portal);
            scene.C0.Connection.Reset();
            await ServerRig.UntilAsync(() => scene.Rig.Log.Lines.Any(static line => line.Text.Contains("connection closed", StringComparison.Ordinal)));
            await first.SendAsync(login.ToPdu(first.NewTag()));
            await ServerRig.UntilAsync(() => read.Token.IsCancellationRequested);
            time.Advance(TimeSpan.FromSeconds(10));
            await second.SendAsync(login.ToPdu(second.NewTag()));
            await Task.Delay(500); // nothing tells that it has been let in
            Assert.Equal(1, scene.Rig.Server.Statistics.Sessions);
            read.LetGo();
            RawFrame answer = await second.ExpectAsync(RawOpcode.LoginResponse);
            Assert.Equal(0u, answer[36] >> 16);
            second.CmdSn = answer[28];
            Assert.Equal([1], await second.PingAsync(1));
        }
        finally
        {
            read.LetGo();
        }
    }
}
