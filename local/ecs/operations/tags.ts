import { EcsError } from '../ecs-error.ts';
import type { Operation } from '../json-protocol.ts';
import type { Service } from '../state.ts';
import { type OperationContext, operation } from './context.ts';

/** A tag as the API has it; ECS takes one without a value. */
type Tag = { key: string; value?: string | undefined };

/** ECS's own limit: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html */
const MOST_TAGS = 50;

/** TagResource, UntagResource and ListTagsForResource, for services. */
export function tagOperations(context: OperationContext): (readonly [string, Operation])[] {
  return [
    operation('TagResource', ({ resourceArn, tags }) => {
      const given = new Set(tags.map(({ key }) => key));
      return retag(context, resourceArn, (now) => [...now.filter(({ key }) => !given.has(key)), ...tags]);
    }),
    operation('UntagResource', ({ resourceArn, tagKeys }) =>
      retag(context, resourceArn, (now) => now.filter(({ key }) => !tagKeys.includes(key))),
    ),
    operation('ListTagsForResource', ({ resourceArn }) => ({ tags: tagsOf(serviceOf(context, resourceArn)) })),
  ];
}

/** What DescribeServices shows with `include: ['TAGS']`. */
export const tagsOf = (service: Service): Tag[] => (service.echo['tags'] as Tag[] | undefined) ?? [];

function retag(context: OperationContext, arn: string, change: (tags: Tag[]) => Tag[]): object {
  const service = serviceOf(context, arn);
  const tags = change(tagsOf(service));
  if (tags.length > MOST_TAGS) {
    throw new EcsError('InvalidParameterException', `A resource has at most ${MOST_TAGS} tags, not ${tags.length}.`);
  }
  context.scheduler.change(service, (changed) => {
    changed.service.echo = { ...service.echo, tags };
  });
  return {};
}

function serviceOf({ registry }: OperationContext, arn: string): Service {
  const [, cluster, name] = /:service\/([^/]+)\/([^/]+)$/.exec(arn) ?? [];
  if (cluster === undefined || name === undefined) {
    throw new EcsError('InvalidParameterException', `Local ECS tags services only, by their long ARN: ${arn} is none.`);
  }
  return registry.service(registry.cluster(cluster), name);
}
