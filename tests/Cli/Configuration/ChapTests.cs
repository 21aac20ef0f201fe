using System.Text;
using Blockwire.Cli.CommandLine;
using Blockwire.Cli.Configuration;
using Blockwire.Cli.Tests.CommandLine;
using Blockwire.Protocol.Authentication;

namespace Blockwire.Cli.Tests.Configuration;

/// <summary>Goal: CHAP comes from the command line, a file, the environment or the configuration, in this order, and no message tells a secret.</summary>
public sealed class ChapTests
{
    private const string Secret = "hidden thing";

    [Fact]
    public void The_first_colon_parts_user_and_secret()
    {
        ServeArguments arguments = CommandLines.Serve("--chap alice:hidden:thing1 --mutual-chap disk:hidden-thing2 memory:1M");

        AssertIs("alice", "hidden:thing1", arguments.Chap.User);
        AssertIs("disk", "hidden-thing2", arguments.Chap.Target);
        Assert.DoesNotContain("hidden", arguments.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--chap hidden", "--chap: not USER:SECRET")]
    [InlineData("--chap :hidden", "--chap: not USER:SECRET")]
    [InlineData("--mutual-chap hidden:", "--mutual-chap: not USER:SECRET")]
    [InlineData("--chap a:hidden1 --chap b:hidden2", "--chap")]
    [InlineData("--chap a:hidden1 --chap-file x", "--chap-file says what --chap and --mutual-chap say")]
    [InlineData("--chpa=a:hidden1", "unknown option '--chpa': did you mean '--chap'?")]
    public void What_is_wrong_is_said_without_the_secret(string line, string problem)
    {
        string? found = CommandLines.Problem($"serve {line}");

        Assert.Contains(problem, found, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", found, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_has_one_or_two_lines_and_comments()
    {
        using ScratchFolder folder = new();
        ChapPair pair = ChapFileReader.Read(new(folder.Write("chap", "# who\n\nalice:one two\n  disk:three\n")));

        AssertIs("alice", "one two", pair.User);
        AssertIs("disk", "three", pair.Target);
        Assert.Null(ChapFileReader.Read(new(folder.Write("chap", "alice:one"))).Target);
    }

    [Theory]
    [InlineData("", "there are 0")]
    [InlineData("a:hidden1\nb:hidden2\nc:hidden3", "there are 3")]
    [InlineData("# \nhidden", "line 2: not USER:SECRET")]
    public void A_file_of_another_form_is_refused(string text, string problem)
    {
        using ScratchFolder folder = new();
        FileInfo file = new(folder.Write("chap", text));

        CliException failure = Assert.Throws<CliException>(() => ChapFileReader.Read(file));

        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_file_is_refused() =>
        Assert.Contains("no such file", Assert.Throws<CliException>(static () => ChapFileReader.Read(new("nowhere/chap"))).Message, StringComparison.Ordinal);

    [Fact]
    public void The_environment_has_our_names_before_those_of_libiscsi()
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["LIBISCSI_CHAP_USERNAME"] = "theirs", ["LIBISCSI_CHAP_PASSWORD"] = "hidden1",
            ["LIBISCSI_CHAP_TARGET_USERNAME"] = "disk", ["LIBISCSI_CHAP_TARGET_PASSWORD"] = "hidden2",
        };

        AssertIs("theirs", "hidden1", ChapEnvironment.Read(variables.GetValueOrDefault).User);
        AssertIs("disk", "hidden2", ChapEnvironment.Read(variables.GetValueOrDefault).Target);
        (variables["BLOCKWIRE_CHAP_USER"], variables["BLOCKWIRE_CHAP_SECRET"]) = ("ours", "hidden3");
        AssertIs("ours", "hidden3", ChapEnvironment.Read(variables.GetValueOrDefault).User);
        variables["BLOCKWIRE_CHAP_SECRET"] = string.Empty;
        string message = Assert.Throws<CliException>(() => ChapEnvironment.Read(variables.GetValueOrDefault)).Message;
        Assert.Contains("only one of BLOCKWIRE_CHAP_USER and BLOCKWIRE_CHAP_SECRET", message, StringComparison.Ordinal);
        Assert.True(ChapEnvironment.Read(static _ => null).IsEmpty);
    }

    [Fact]
    public void The_command_line_goes_before_the_configuration_and_that_before_the_environment()
    {
        ServePlan file = Read("""{ "users": [{ "user": "filed", "secret": "hidden thing 1" }], "mutual": { "user": "disk", "secret": "hidden thing 2" }, "require": "SHA-256" }""");
        ServePlan policyOnly = Read("""{ "challengeBytes": 64 }""");
        ChapPair environment = new(Of("env"), new("envdisk", ChapSecret.FromText("yet another secret")));

        ChapOptions configured = file.With(new(), environment).Targets[0].Chap!;
        Assert.Equal(("filed", "disk"), (configured.Accounts[0].Credential.Name, configured.Target!.Name));
        ChapOptions replaced = file.With(CommandLines.Serve("--chap lined:hidden-thing-3")).Targets[0].Chap!;
        Assert.Equal(("lined", "disk", 2), (replaced.Accounts[0].Credential.Name, replaced.Target!.Name, replaced.Policy.Algorithms.Length));
        ChapOptions filled = policyOnly.With(new(), environment).Targets[0].Chap!;
        Assert.Equal(("env", "envdisk", 64), (filled.Accounts[0].Credential.Name, filled.Target!.Name, filled.Policy.ChallengeBytes));
        Assert.Equal("env", new ServePlan().With(CommandLines.Serve("memory:1M"), environment).Targets[0].Chap!.Accounts[0].Credential.Name);
        Assert.Null(new ServePlan().With(CommandLines.Serve("memory:1M")).Targets[0].Chap);
    }

    [Fact]
    public void CHAP_by_halves_never_leaves_a_target_open()
    {
        Assert.Contains("without anybody", Refusal(Read("""{ "require": "SHA-256" }"""), ""), StringComparison.Ordinal);
        Assert.Contains("asks initiators for none", Refusal(new(), "--mutual-chap disk:hidden-thing memory:1M"), StringComparison.Ordinal);
        Assert.Contains("both directions", Refusal(new(), "--chap a:hidden-thing --mutual-chap b:hidden-thing memory:1M"), StringComparison.Ordinal);
        Assert.Contains("discovery: CHAP without anybody", Refusal(new() { DiscoveryChap = new() { Accounts = [] } }, "memory:1M"), StringComparison.Ordinal);
    }

    [Fact]
    public void With_several_targets_the_command_line_cannot_tell_whose_users()
    {
        TargetPlan one = new("iqn.2026-11.a.b:one", null, []);
        ServePlan file = new() { Targets = [one, one with { Name = "iqn.2026-11.a.b:two" }] };

        Assert.Contains("has 2 targets", Refusal(file, "--chap a:hidden-thing"), StringComparison.Ordinal);
        Assert.All(file.With(new(), new(Of("env"), null)).Targets, static it => Assert.Equal("env", it.Chap!.Accounts[0].Credential.Name));
    }

    [Fact]
    public void A_file_that_everyone_can_read_is_noticed()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("file modes are a POSIX matter");
            return;
        }

        using ScratchFolder folder = new();
        FileInfo file = new(folder.Write("chap", "a:b"));

        File.SetUnixFileMode(file.FullName, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.True(SecretFile.IsReadByOthers(file));
        File.SetUnixFileMode(file.FullName, UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Assert.False(SecretFile.IsReadByOthers(file));
    }

    private static ChapCredential Of(string user) => new(user, ChapSecret.FromText($"{Secret} of {user}"));

    private static ServePlan Read(string chap) =>
        ConfigurationReader.Read(
            Encoding.UTF8.GetBytes($$"""{ "targets": [{ "name": "iqn.2026-11.a.b:c", "disks": [{ "disk": "memory:1M" }], "chap": {{chap}} }] }"""), "lab.json");

    private static string Refusal(ServePlan plan, string line)
    {
        string message = Assert.Throws<CliException>(() => plan.With(CommandLines.Serve(line))).Message;
        Assert.DoesNotContain("hidden", message, StringComparison.Ordinal);
        return message;
    }

    private static void AssertIs(string user, string secret, ChapCredential? found)
    {
        Assert.Equal(user, found?.Name);
        Assert.True(ChapSecret.FromText(secret).Matches(found!.Secret));
    }
}
