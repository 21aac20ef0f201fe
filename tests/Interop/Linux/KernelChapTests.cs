using Blockwire.Interop.Tests.Chap;
using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Linux;

/// <summary>
/// Goal: the Linux kernel's initiator (open-iscsi) and the target prove themselves to each other, at discovery too, by all four hashes.
/// Method: a guest in QEMU runs a script; what it was refused stands in the server's log.
/// </summary>
public sealed class KernelChapTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(150);

    [Fact]
    public async Task MutualChapByEveryHash()
    {
        const string User = "alice", Secret = "secretofalice1", TargetUser = "disk", TargetSecret = "secretofthedisk1";
        const string Chap = $$"""
            { "users": [{ "user": "{{User}}", "secret": "{{Secret}}" }], "mutual": { "user": "{{TargetUser}}", "secret": "{{TargetSecret}}" } }
            """;
        string folder = Directory.CreateTempSubdirectory("blockwire-chap-").FullName;
        try
        {
            await using ServerProcess server = await ChapServer.StartAsync(folder, Chap, $"\"discoveryChap\": {Chap}");
            await using Guest guest = await Guest.StartAsync(
                "chap.sh", server.Portal.Port, [$"{server.Portal.Port}", server.TargetName, User, Secret, TargetUser, TargetSecret], Limit);
            int exitCode = await guest.WaitForExitAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"--- guest\n{guest.Log}\n--- server\n{server.Log}");

            Assert.Equal(0, exitCode);
            await server.ExpectLogAsync("login refused", "the CHAP name or response is wrong");
            Assert.DoesNotContain(Secret, server.Log, StringComparison.Ordinal);
            Assert.DoesNotContain(TargetSecret, server.Log, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
