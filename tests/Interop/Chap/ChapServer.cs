using Blockwire.Testing;

namespace Blockwire.Interop.Tests.Chap;

/// <summary>A server that asks for CHAP, set by a file so that no secret is in a process list.</summary>
internal static class ChapServer
{
    public const string User = "alice", Secret = "secret of alice 1", TargetUser = "disk", TargetSecret = "secret of the disk 1";

    /// <summary>With one target, both directions set by `--chap-file`.</summary>
    public static async Task<ServerProcess> StartAsync(string folder)
    {
        string file = Path.Combine(folder, "chap");
        await File.WriteAllTextAsync(file, $"{User}:{Secret}\n{TargetUser}:{TargetSecret}\n");
        return await ServerProcess.StartAsync(["memory:64M"], 0, "--chap-file", file);
    }

    /// <summary>With more of a configuration file than its portals and targets, which `chap` of the only target is part of.</summary>
    public static async Task<ServerProcess> StartAsync(string folder, string chap, string more = "")
    {
        string file = Path.Combine(folder, "config.json");
        await File.WriteAllTextAsync(
            file, $$"""{ "targets": [{ "name": "iqn.2026-11.local.blockwire:chap", "disks": [{ "disk": "memory:64M" }], "chap": {{chap}} }], {{more}} }""");
        return await ServerProcess.StartAsync(["memory:64M"], 0, "--config", file);
    }

    /// <summary>The server's log has a line that holds all the words.</summary>
    public static Task ExpectLogAsync(this ServerProcess server, params string[] words) =>
        server.WaitUntilAsync(
            it => it.LogLines.Any(line => words.All(word => line.Contains(word, StringComparison.Ordinal))), TimeSpan.FromSeconds(10), string.Join(" ... ", words));

    /// <summary>No line of the log holds a secret.</summary>
    public static void AssertNoSecretIn(string log)
    {
        Assert.DoesNotContain(Secret, log, StringComparison.Ordinal);
        Assert.DoesNotContain(TargetSecret, log, StringComparison.Ordinal);
        Assert.DoesNotContain("CHAP_R", log, StringComparison.Ordinal);
    }
}
