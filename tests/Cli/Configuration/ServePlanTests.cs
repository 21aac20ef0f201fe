using Blockwire.Cli.CommandLine;
using Blockwire.Cli.Configuration;
using Blockwire.Cli.Tests.CommandLine;
using Blockwire.Storage;
using Microsoft.Extensions.Logging;

namespace Blockwire.Cli.Tests.Configuration;

public sealed class ServePlanTests
{
    private static readonly TargetPlan One = new("iqn.2026-11.a.b:one", "alias", [new(5, DiskSpec.Parse("memory:5M"))]);

    [Fact]
    public void Without_a_word_this_machine_alone_is_served()
    {
        ServePlan plan = new ServePlan().With(CommandLines.Serve("memory:1M"));

        Assert.Equal(["127.0.0.1:3260"], plan.Portals.Select(static it => it.Address.ToString()));
        Assert.Equal(["iqn.2026-11.local.blockwire:disk"], plan.Targets.Select(static it => it.Name));
    }

    [Fact]
    public void The_default_disk_is_a_file_in_the_current_folder()
    {
        DiskSpec disk = new ServePlan().With(new ServeArguments()).Targets[0].Disks[0].Spec;

        Assert.Equal(("file:blockwire.img", 1UL << 30), (disk.ToString(), disk.SizeBytes));
    }

    [Fact]
    public void The_command_line_replaces_what_the_file_says()
    {
        ServePlan file = new()
        {
            Portals = [new(CommandLines.Serve("--listen 127.0.0.1:1").Listen[0], 9)],
            Targets = [One],
            Log = LogLevel.Trace,
            Drain = TimeSpan.FromSeconds(9),
        };

        ServePlan same = file.With(new ServeArguments());
        ServePlan plan = file.With(CommandLines.Serve("--listen [::1]:2 --target iqn.2026-11.a.b:two --log warn --drain 1 null:1M null:2M"));

        Assert.Equal((9, LogLevel.Trace, 9), (same.Portals[0].GroupTag, same.Log, (int)same.Drain.TotalSeconds));
        Assert.Equal([One], same.Targets);
        Assert.Equal(["[::1]:2"], plan.Portals.Select(static it => it.Address.ToString()));
        Assert.Equal(("iqn.2026-11.a.b:two", "alias"), (plan.Targets[0].Name, plan.Targets[0].Alias));
        Assert.Equal([(0u, "null:1M"), (1u, "null:2M")], plan.Targets[0].Disks.Select(static it => (it.Lun, it.Spec.ToString())));
        Assert.Equal((LogLevel.Warning, TimeSpan.FromSeconds(1)), (plan.Log, plan.Drain));
    }

    [Theory]
    [InlineData("memory:1M")]
    [InlineData("--target iqn.2026-11.a.b:three")]
    public void With_several_targets_the_command_line_cannot_tell_which(string line)
    {
        ServePlan file = new() { Targets = [One, One with { Name = "iqn.2026-11.a.b:two" }] };
        ServeArguments arguments = CommandLines.Serve(line) with { Configuration = new FileInfo("lab.json") };

        CliException failure = Assert.Throws<CliException>(() => file.With(arguments));

        Assert.Contains("has 2 targets", failure.Message, StringComparison.Ordinal);
    }
}
